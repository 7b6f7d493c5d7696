# Databricks notebook source
# MAGIC %md
# MAGIC # The eight queries
# MAGIC
# MAGIC Reads the three clean tables and overwrites one table per answer.

# COMMAND ----------

from pyspark.sql import Window
from pyspark.sql import functions as F

dbutils.widgets.text("schema", "default")

schema = dbutils.widgets.get("schema")
df_pin = spark.table(f"{schema}.clean_pin")
df_geo = spark.table(f"{schema}.clean_geo")
df_user = spark.table(f"{schema}.clean_user")

pin_geo = df_pin.join(df_geo, "ind").withColumn("post_year", F.year("timestamp"))
pin_user = (
    df_pin.join(df_user, "ind")
    .withColumn("join_year", F.year("date_joined"))
    .withColumn(
        "age_group",
        F.when(F.col("age") < 18, "under 18")
        .when(F.col("age") <= 24, "18-24")
        .when(F.col("age") <= 35, "25-35")
        .when(F.col("age") <= 50, "36-50")
        .when(F.col("age") > 50, "+50"),
    )
)


def save(answer, table):
    answer.write.format("delta").mode("overwrite").saveAsTable(f"{schema}.{table}")


def highest(df, group, value):
    """Returns the rows with each group's highest value, including ties."""
    window = Window.partitionBy(group).orderBy(F.col(value).desc())
    return df.withColumn("place", F.rank().over(window)).filter("place = 1").drop("place")


def top_category(df, group):
    df = df.dropna(subset=[group, "category"])
    return highest(df.groupBy(group, "category").agg(F.count("*").alias("category_count")), group, "category_count")


def median_followers(df, *groups):
    df = df.dropna(subset=[*groups, "follower_count"])
    return df.groupBy(*groups).agg(F.median("follower_count").alias("median_follower_count"))

# COMMAND ----------

save(top_category(pin_geo, "country"), "top_category_by_country")

# COMMAND ----------

save(top_category(pin_geo, "post_year"), "top_category_by_year")

# COMMAND ----------

posters = pin_geo.dropna(subset=["country", "poster_name", "follower_count"])
posters = posters.groupBy("country", "poster_name").agg(F.max("follower_count").alias("follower_count"))
save(highest(posters, "country", "follower_count"), "top_poster_by_country")

# COMMAND ----------

save(top_category(pin_user, "age_group"), "top_category_by_age_group")

# COMMAND ----------

save(median_followers(pin_user, "age_group"), "median_followers_by_age_group")

# COMMAND ----------

people = df_user.dropna(subset=["date_joined"]).select("user_name", "age", "date_joined").distinct()
save(
    people.groupBy(F.year("date_joined").alias("join_year")).agg(F.count("*").alias("users_joined")),
    "users_joined_by_year",
)

# COMMAND ----------

save(median_followers(pin_user, "join_year"), "median_followers_by_join_year")

# COMMAND ----------

save(median_followers(pin_user, "join_year", "age_group"), "median_followers_by_join_year_and_age_group")
