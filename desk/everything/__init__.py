"""Everything that a business has at Forecourt, as one archive that its owner takes along."""
