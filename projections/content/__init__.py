"""System 2, content: videos and what they belong to, by views and by Impact score."""
