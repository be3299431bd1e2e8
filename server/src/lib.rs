//! strongroom on the AWS wire: what AWS's SDKs and command line send to Secrets Manager, KMS, IAM and STS, answered from a
//! store on this machine.
