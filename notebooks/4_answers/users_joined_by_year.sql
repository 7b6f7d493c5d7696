-- Databricks notebook source
-- MAGIC %md
-- MAGIC # How many people joined in each year?
-- MAGIC
-- MAGIC A person is a distinct combination of name, age and time of joining. A missing name or age counts as a value. People without a pin are included.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM users_joined_by_year ORDER BY ALL`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/users_joined_by_year.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE users_joined_by_year
COMMENT 'How many people joined in each year? A person is a distinct combination of name, age and time of joining. A missing name or age counts as a value. People without a pin are included.'
AS
WITH people AS (
  SELECT DISTINCT user_name, age, date_joined
  FROM clean_user
  WHERE date_joined IS NOT NULL
)
SELECT year(date_joined) AS join_year, count(*) AS users_joined
FROM people
GROUP BY year(date_joined)
