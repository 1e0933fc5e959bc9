import { CannedAcl } from "../types/enums/s3";

/** The predefined access control lists, under the former names of the members of `CannedAcl`. */
export const AuthenticatedReadAcl = CannedAcl.AuthenticatedRead;
export const AwsExecReadAcl = CannedAcl.AwsExecRead;
export const BucketOwnerFullControlAcl = CannedAcl.BucketOwnerFullControl;
export const BucketOwnerReadAcl = CannedAcl.BucketOwnerRead;
export const LogDeliveryWriteAcl = CannedAcl.LogDeliveryWrite;
export const PrivateAcl = CannedAcl.Private;
export const PublicReadAcl = CannedAcl.PublicRead;
export const PublicReadWriteAcl = CannedAcl.PublicReadWrite;
