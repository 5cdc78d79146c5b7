"""A trained model beside a running ward: the one place that knows both `uses/predict` and `uses/ward`."""

from opensepsis.early_warning.hourly_scores import EarlyWarning, beside_ward

__all__ = ["EarlyWarning", "beside_ward"]
