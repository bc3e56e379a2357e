"""The forward process, three times: `pixel` (pure Python), `picture` (NumPy), `batch` (PyTorch).

All three hold the one-step kernel q(x_t | x_{t-1}) and the closed form q(x_t | x_0) of
Ho et al. (2020), "Denoising Diffusion Probabilistic Models", and agree to float precision.
Nothing is imported here, so that the timeline can use `picture` without torch.
"""
