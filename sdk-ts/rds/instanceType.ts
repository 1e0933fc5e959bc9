import { InstanceType } from "../types/enums/rds";

/** The classes of database instances, under the former name of `InstanceType`. */
export const InstanceTypes = InstanceType;
