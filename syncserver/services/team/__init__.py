"""What an owner or a manager sees to in the team of their business."""
