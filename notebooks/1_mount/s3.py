# Databricks notebook source
# MAGIC %md
# MAGIC # Mount the landing bucket
# MAGIC
# MAGIC Makes the bucket that the S3 sink fills readable under `/mnt/…`. Needs a classic cluster, whose instance profile may
# MAGIC read the bucket; with an external volume (`/Volumes/…`) no mount is needed, and serverless has none. Run it again at
# MAGIC any time: a mount that is already right is left alone.
# MAGIC
# MAGIC Rendered from `generator/templates/mount.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("bucket", "pinterest-demo-landing")
dbutils.widgets.text("mount_point", "/mnt/demo")

source = f"s3a://{dbutils.widgets.get('bucket')}"
mount_point = dbutils.widgets.get("mount_point")

# COMMAND ----------

mounted = {mount.mountPoint: mount.source for mount in dbutils.fs.mounts()}

if mounted.get(mount_point) != source:
    if mount_point in mounted:
        dbutils.fs.unmount(mount_point)
    dbutils.fs.mount(source, mount_point)

# COMMAND ----------

display(dbutils.fs.ls(mount_point))
