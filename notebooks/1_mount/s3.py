# Databricks notebook source
# MAGIC %md
# MAGIC # Mount the landing bucket
# MAGIC
# MAGIC Mounts the bucket that the S3 sink writes to, so that it can be read under `/mnt/…`. **Workspaces created since 2025 and
# MAGIC serverless compute do not support mounts**: there the notebooks read `s3://…` through an external location, and this notebook is not
# MAGIC needed. Elsewhere it needs a classic cluster whose instance profile may read the bucket. If the mount point already mounts this
# MAGIC bucket, nothing changes. If it mounts another bucket, this notebook fails.
# MAGIC
# MAGIC Rendered from `generator/templates/mount.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("bucket", "pinterest-demo-landing")
dbutils.widgets.text("mount_point", "/mnt/demo")

source = f"s3a://{dbutils.widgets.get('bucket')}"
mount_point = dbutils.widgets.get("mount_point")

# COMMAND ----------

mounted = {mount.mountPoint: mount.source for mount in dbutils.fs.mounts()}

if mount_point not in mounted:
    dbutils.fs.mount(source, mount_point)
elif mounted[mount_point].rstrip("/") != source:
    raise ValueError(f"{mount_point} mounts {mounted[mount_point]}, expected {source}: unmount it or choose another mount_point.")

# COMMAND ----------

display(dbutils.fs.ls(mount_point))
