"""What runs beside the windows: threads, ticks, and the door between two starts."""
