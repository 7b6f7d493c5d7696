"""Statements, parameters and widget statements of a SQL cell."""

import pytest

from local.spark.sql import created_widget, statements


@pytest.mark.parametrize(
    ("cell", "want"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
        (
            "SELECT ';' AS a, \";\" AS b, `;` FROM t; SELECT 2",
            ["SELECT ';' AS a, \";\" AS b, `;` FROM t", "SELECT 2"],
        ),
        (r"SELECT 'it\'s; fine'; SELECT 2", [r"SELECT 'it\'s; fine'", "SELECT 2"]),
        (r"SELECT r'\'; SELECT 2", [r"SELECT r'\'", "SELECT 2"]),
        ("SELECT 'a''; b'; SELECT 2", ["SELECT 'a''; b'", "SELECT 2"]),
        ("SELECT 1 -- one; two\n; SELECT 2", ["SELECT 1 -- one; two", "SELECT 2"]),
        ("SELECT /* a; /* nested; */ b; */ 1; SELECT 2", ["SELECT /* a; /* nested; */ b; */ 1", "SELECT 2"]),
        ("-- a comment alone;\n/* another; */\n", []),
        (";;", []),
        ("-- it's\nSELECT 1", ["SELECT 1"]),
        ("SELECT 'never closed; SELECT 2", ["SELECT 'never closed; SELECT 2"]),
    ],
)
def test_a_cell_is_split_into_statements_as_spark_splits_it(cell: str, want: list[str]) -> None:
    assert [statement.text for statement in statements(cell)] == want


def test_a_statement_has_the_line_number_of_its_first_word() -> None:
    cell = "-- first\nSELECT 1;\n\n/* second\n */ SELECT\n 2"
    assert [statement.line for statement in statements(cell)] == [1, 4]


@pytest.mark.parametrize(
    ("statement", "want"),
    [
        ("USE IDENTIFIER(:catalog || '.' || :schema)", {"catalog", "schema"}),
        ("SELECT ':no', \":no\", `:no` -- :no\n, /* :no */ :yes", {"yes"}),
        ("SELECT 1::int, record:title, CAST(:x AS INT)", {"x"}),
    ],
)
def test_strings_comments_casts_and_paths_contain_no_parameters(statement: str, want: set[str]) -> None:
    assert statements(statement)[0].parameters == want


@pytest.mark.parametrize(
    ("statement", "want"),
    [
        ('CREATE WIDGET TEXT schema DEFAULT "batch"', ("schema", "batch")),
        ("create widget text `trigger` default ''", ("trigger", "")),
        (
            "CREATE WIDGET DROPDOWN mode DEFAULT 'it\\'s' CHOICES SELECT * FROM (VALUES ('a'))",
            ("mode", "it's"),
        ),
        ("CREATE TABLE widget (a INT)", None),
    ],
)
def test_create_widget_is_read_as_a_name_and_a_default(statement: str, want: tuple[str, str] | None) -> None:
    assert created_widget(statement) == want
