"""Between views and operations: turns signals into edits and changes into rows shown."""
