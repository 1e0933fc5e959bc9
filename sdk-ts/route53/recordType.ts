import { RecordType } from "../types/enums/route53";

/** The types of DNS records, under the former name of `RecordType`. */
export const RecordTypes = RecordType;
