import * as agentic from "pulumi-agentic";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const args = config.requireObject<Record<string, unknown>>("args");
const services = (args.services ?? {}) as Record<string, Record<string, unknown>>;

// A secret setting becomes a variable of every service.
const token = config.getSecret("token");
for (const service of token ? Object.values(services) : []) {
    service.environment = { TOKEN: token };
}

// Another name is the same stack.
const name = config.get("name") ?? "shop";
const aliases = name === "shop" ? [] : [{ name: "shop" }];
const stack = new agentic.AgenticStack(name, args as unknown as agentic.AgenticStackArgs, { aliases });

// Together, since some are undefined where a stack has no database or no load balancer.
export const outputs = pulumi.output({
    url: stack.url,
    vpcId: stack.vpcId,
    publicSubnetIds: stack.publicSubnetIds,
    privateSubnetIds: stack.privateSubnetIds,
    databaseSubnetIds: stack.databaseSubnetIds,
    databaseReplicaEndpoints: stack.databaseReplicaEndpoints,
});
