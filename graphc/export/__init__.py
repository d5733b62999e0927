"""What leaves: a trained model as a file that runs without graphc."""
