"""What a person sees: windows and panes that speak in signals and setters."""
