"""What things cost, as the desk sees and changes it."""
