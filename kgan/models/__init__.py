"""The models: what one batch of each kind of GAN is."""
