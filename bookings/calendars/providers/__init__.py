"""Those who keep calendars: what they are asked, in their own words, through the guarded client."""
