import * as pulumi from "@pulumi/pulumi";

/** Tags of a resource, by their keys. */
export interface Tags {
    [name: string]: pulumi.Input<string>;
}
