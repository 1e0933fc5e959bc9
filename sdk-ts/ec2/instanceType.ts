import { InstanceType } from "../types/enums/ec2";

/** The types of EC2 instances, under the former name of `InstanceType`. */
export const InstanceTypes = InstanceType;
