import * as pulumi from "@pulumi/pulumi";

/**
 * A lifecycle policy of a repository.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export interface LifecyclePolicyDocument {
    rules: pulumi.Input<pulumi.Input<PolicyRule>[]>;
}

/** A rule of a lifecycle policy: which images expire. */
export interface PolicyRule {
    rulePriority: pulumi.Input<number>;
    description?: pulumi.Input<string>;
    selection: pulumi.Input<Selection>;
    action: pulumi.Input<Action>;
}

/** The images that a rule is about. */
export interface Selection {
    tagStatus: pulumi.Input<string>;
    tagPrefixList?: pulumi.Input<pulumi.Input<string>[]>;
    tagPatternList?: pulumi.Input<pulumi.Input<string>[]>;
    countType: pulumi.Input<string>;
    countUnit?: pulumi.Input<string>;
    countNumber: pulumi.Input<number>;
}

/** What a rule does with its images. */
export interface Action {
    type: pulumi.Input<string>;
}
