-- What is the median number of followers by year of joining and age group?
-- The exact median over all posts with a number of followers. Each post counts, because a person's number differs from post to post.
-- chart: heatmap value=median_follower_count by=join_year,age_group scale=log
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
