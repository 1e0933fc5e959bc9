import json

import pulumi
import pulumi_agentic as agentic

config = pulumi.Config()
project = config.require("project_name")
environment = config.require("environment")
production = environment == "production"

# Keys of other services: given as Pulumi secrets, or put into Secrets Manager by hand.
api_keys = {}
for service in ("elevenlabs", "openrouter", "openai"):
    secret = agentic.secretsmanager.Secret(f"{service}-api-key", name=f"{project}-{environment}/{service}/api-key")
    value = config.get_secret(f"{service}_api_key")
    if value:
        agentic.secretsmanager.SecretVersion(f"{service}-api-key", secret_id=secret.arn, secret_string=value)
    api_keys[f"{service.upper()}_API_KEY"] = secret.arn

# What every container of the application has.
laravel = {
    "database": True,
    "cache": True,
    "buckets": ["assets"],
    "secrets": api_keys,
    "environment": {
        "APP_ENV": environment,
        "DB_CONNECTION": "pgsql",
        "CACHE_DRIVER": "redis",
        "QUEUE_CONNECTION": "redis",
        "SESSION_DRIVER": "redis",
    },
}

log_streams = f"arn:aws:logs:*:*:log-group:/ecs/{project}:*"

stack = agentic.AgenticStack(
    "learning-center",
    project=project,
    environment=environment,
    names={
        "cluster": f"{project}-cluster",
        "api": f"{project}-backend",
        "api-service": f"{project}-service",
        "api-logs": f"/ecs/{project}",
        "aurora": f"{project}-db",
        "redis": f"{project}-redis",
        "frontend-bucket": f"{project}-frontend-{environment}",
        "assets-bucket": f"{project}-assets-{environment}",
    },
    network=agentic.NetworkArgs(existing_vpc_id=config.require("existing_vpc_id"))
    if config.get_bool("use_existing_vpc")
    else agentic.NetworkArgs(cidr_block="10.0.0.0/16"),
    shared_security_group=True,
    domain=agentic.DomainArgs(zone="fibonacco.com", subdomain="api"),
    aurora=agentic.AuroraArgs(
        engine_version="15.15",
        db_name="learning_center",
        instance_class="db.r6g.large" if production else "db.t4g.medium",
        instances=2 if production else 1,
        preferred_backup_window="03:00-04:00",
        secret_name=f"{project}/database/credentials",
        secret_keys={
            "host": "DB_HOST",
            "port": "DB_PORT",
            "dbname": "DB_NAME",
            "username": "DB_USERNAME",
            "password": "DB_PASSWORD",
        },
    ),
    cache=agentic.RedisArgs(
        node_type="cache.r6g.large" if production else "cache.t4g.micro",
        nodes=2 if production else 1,
        transit_encryption=production,
    ),
    buckets={"assets": agentic.StackBucketArgs(archive_old_versions_after_days=90)},
    repositories=agentic.RepositoriesArgs(keep_images=10),
    services={
        "api": agentic.ServiceArgs(
            port=80,
            expose="public",
            placement="private",
            health_check_path="/health",
            deregistration_delay=30,
            cpu=512,
            memory=1024,
            enable_execute_command=True,
            scaling=agentic.ScalingArgs(min=1, max=10, cpu=70, scale_in_cooldown=300, scale_out_cooldown=60),
            **laravel,
        ),
        "queue-worker": agentic.ServiceArgs(
            image_of="api",
            command=["php", "artisan", "queue:work", "redis", "--sleep=3", "--tries=3"],
            scaling=agentic.ScalingArgs(
                min=1,
                max=5,
                queue=agentic.QueueScalingArgs(
                    namespace="LearningCenter",
                    metric_name="QueueDepth",
                    target=100,
                    steps=[agentic.QueueStepArgs(above=1000, add=2)],
                ),
            ),
            **laravel,
        ),
        "scheduler": agentic.ServiceArgs(image_of="api", command=["php", "artisan", "schedule:work"], **laravel),
    },
    schedules={
        "every-minute": agentic.ScheduleArgs(
            service="api", rate="rate(1 minute)", command=["php", "artisan", "schedule:run"]
        )
    },
    sites={
        "frontend": agentic.SiteArgs(
            domain="app.fibonacco.com",
            other_domains=["learn.fibonacco.com"],
            single_page=True,
            content_version=config.get("content_version"),
        )
    },
    logs=agentic.LogsArgs(retention_in_days=7),
    task_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["ses:SendEmail", "ses:SendRawEmail"], "Resource": "*"},
                {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log_streams},
            ],
        }
    ),
)


def one(outputs, name):
    """One of several outputs; nothing while `--target` has left it out."""
    return outputs.apply(lambda found: found.get(name))


pulumi.export("ecr_repository_url", one(stack.repository_urls, "api"))
pulumi.export("alb_dns_name", stack.load_balancer_dns_name)
pulumi.export("api_url", stack.url)
pulumi.export("s3_frontend_bucket", one(stack.site_bucket_names, "frontend"))
pulumi.export("s3_assets_bucket", one(stack.bucket_names, "assets"))
pulumi.export("cloudfront_distribution_id", one(stack.site_distribution_ids, "frontend"))
pulumi.export("cloudfront_url", one(stack.site_urls, "frontend"))
pulumi.export("ecs_cluster_name", stack.cluster_name)
pulumi.export("ecs_service_name", one(stack.service_names, "api"))
pulumi.export("redis_endpoint", stack.cache_endpoint)
pulumi.export("database_endpoint", stack.database_endpoint)
