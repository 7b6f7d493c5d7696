-- Databricks notebook source
-- MAGIC %md
-- MAGIC # What is the median number of followers by year of joining and age group?
-- MAGIC
-- MAGIC The exact median over all posts with a number of followers. Each post counts, because a person's number differs from post to post.
-- MAGIC
-- MAGIC This notebook writes the answer but does not display it, because a job would then run one more query for each question. To read the
-- MAGIC answer, run `SELECT * FROM median_followers_by_join_year_and_age_group ORDER BY join_year, array_position(array('under 18', '18-24', '25-35', '36-50', '+50'), age_group), median_follower_count`.
-- MAGIC
-- MAGIC Rendered from `src/project/queries/median_followers_by_join_year_and_age_group.sql` by `npm run generate`.

-- COMMAND ----------

CREATE WIDGET TEXT catalog DEFAULT 'main';
CREATE WIDGET TEXT schema DEFAULT 'pinterest';

-- COMMAND ----------

USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
SET TIME ZONE 'UTC';

-- COMMAND ----------

CREATE OR REPLACE TABLE median_followers_by_join_year_and_age_group
COMMENT 'What is the median number of followers by year of joining and age group? The exact median over all posts with a number of followers. Each post counts, because a person\'s number differs from post to post.'
AS
WITH posts AS (
  SELECT
    year(date_joined) AS join_year,
    CASE
      WHEN age < 18 THEN 'under 18'
      WHEN age <= 24 THEN '18-24'
      WHEN age <= 35 THEN '25-35'
      WHEN age <= 50 THEN '36-50'
      ELSE '+50'
    END AS age_group,
    follower_count
  FROM clean_pin JOIN clean_user USING (ind)
  WHERE date_joined IS NOT NULL AND age IS NOT NULL AND follower_count IS NOT NULL
)
SELECT join_year, age_group, median(follower_count) AS median_follower_count
FROM posts
GROUP BY join_year, age_group
