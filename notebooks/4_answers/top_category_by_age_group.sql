-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Which category is the most popular in each age group?
-- MAGIC
-- MAGIC Every category that ties for the first place is listed.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM top_category_by_age_group ORDER BY array_position(array('under 18', '18-24', '25-35', '36-50', '+50'), age_group), category, category_count`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/top_category_by_age_group.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE top_category_by_age_group
COMMENT 'Which category is the most popular in each age group? Every category that ties for the first place is listed.'
AS
WITH posts AS (
  SELECT
    CASE
      WHEN age < 18 THEN 'under 18'
      WHEN age <= 24 THEN '18-24'
      WHEN age <= 35 THEN '25-35'
      WHEN age <= 50 THEN '36-50'
      ELSE '+50'
    END AS age_group,
    category
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE age IS NOT NULL AND category IS NOT NULL
),
counted AS (
  SELECT age_group, category, count(*) AS category_count
  FROM posts
  GROUP BY age_group, category
),
ranked AS (
  SELECT *, rank() OVER (PARTITION BY age_group ORDER BY category_count DESC) AS place
  FROM counted
)
SELECT age_group, category, category_count
FROM ranked
WHERE place = 1
