"""The presenters of the owner's set-up."""
