"""The only home of torch and torchviz: processes that run programs, record them and draw them."""
