import * as inputs from "../types/input";

/** Who a statement of a policy is about. */
export type Principal = "*" | AWSPrincipal | ServicePrincipal | FederatedPrincipal;

/** AWS accounts, users and roles. */
export type AWSPrincipal = inputs.iam.AWSPrincipal;

/** Services of AWS. */
export type ServicePrincipal = inputs.iam.ServicePrincipal;

/** Users of an identity provider. */
export type FederatedPrincipal = inputs.iam.FederatedPrincipal;

/** A policy, as an object. */
export type PolicyDocument = inputs.iam.PolicyDocument;

/** A statement of a policy. */
export type PolicyStatement = inputs.iam.PolicyStatement;

/** A trust policy that lets these principals assume a role. */
export function assumeRolePolicyForPrincipal(principal: Principal): PolicyDocument {
    return {
        Version: "2012-10-17",
        Statement: [{ Sid: "AllowAssumeRole", Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
    };
}
