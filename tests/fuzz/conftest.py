"""How what is drawn is drawn."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "fuzz",
    deadline=None,
    # A few at a time, until the time is over (``timed``)
    max_examples=5,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
    # What fails is shown as it was drawn: to make it smaller takes longer than to find it
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("fuzz")
