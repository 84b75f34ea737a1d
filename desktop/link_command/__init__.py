"""`smoothschedule links`: having the system open the administration's links in this program, and no more."""
