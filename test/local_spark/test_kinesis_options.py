"""The options of the kinesis source: Databricks' names and forms, and an error for each invalid option."""

import pytest

from local.spark.kinesis.errors import OptionError
from local.spark.kinesis.options import LATEST, Options


def test_option_names_are_case_insensitive_and_empty_or_unknown_options_are_ignored() -> None:
    options = Options.parse(
        {"STREAMNAME": "pin, geo,", "region": "", "maxFetchRate": "2.0", "maxrecordsperfetch": "500"}
    )
    assert options.streams == ("pin", "geo")
    assert (options.initial, options.region, options.records_per_fetch) == (LATEST, None, 500)


def test_records_per_fetch_are_limited_to_the_maximum_of_kinesis() -> None:
    assert Options.parse({"streamName": "pin", "maxRecordsPerFetch": "50000"}).records_per_fetch == 10_000


@pytest.mark.parametrize(
    ("position", "initial"),
    [
        ("latest", LATEST),
        ("TRIM_HORIZON", 0.0),
        ("earliest", 0.0),
    ],
)
def test_the_initial_position_is_a_name_in_any_case(position: str, initial: float | str) -> None:
    assert Options.parse({"streamName": "pin", "initialPosition": position}).initial == initial


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "streamName is missing"),
        ({"streamName": " , "}, "streamName is missing"),
        (
            {"streamName": "pin", "maxRecordsPerFetch": "0"},
            'maxRecordsPerFetch takes a whole number above 0, but is "0"',
        ),
        (
            {"streamName": "pin", "initialPosition": "newest"},
            "takes latest, trim_horizon or earliest .* 'newest'",
        ),
        ({"streamName": "pin", "initialPosition": '{"at_timestamp": "noon"}'}, "takes latest"),
        ({"streamName": "pin", "maxFetchDuration": "2 seconds"}, 'maxFetchDuration takes .* "2 seconds"'),
        ({"streamName": "pin", "consumerMode": "efo"}, 'consumerMode is "efo", .* only polling'),
        ({"streamName": "pin", "serviceCredential": "mine"}, "serviceCredential .* remove it"),
    ],
)
def test_an_invalid_option_is_named_in_the_error(given: dict[str, str], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Options.parse(given)


def test_the_repr_of_the_options_contains_no_secret() -> None:
    options = Options.parse({"streamName": "pin", "awsSecretKey": "hunter2", "awsSessionToken": "hunter3"})
    assert options.secret_key == "hunter2"
    assert "hunter" not in repr(options)
