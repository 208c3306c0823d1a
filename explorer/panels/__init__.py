"""The panels of the page, one file each: they read records and call Streamlit, nothing else."""
