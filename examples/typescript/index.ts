// The pool of ../smallest, from TypeScript.
import { EfaWorkerPool } from "@pulumi/efa-pools";

const pool = new EfaWorkerPool("train", {
    instanceType: "p4d.24xlarge",
    size: { desired: 2 },
    availabilityZones: ["us-east-2a"],
    subnetIds: ["subnet-0a1b2c3d4e5f60718"],
    layoutVersion: 1,
    image: { family: "al2023", releaseVersion: "1.34.2-20261105" },
    clusterName: "efa-dev",
    clusterSecurityGroupId: "sg-0c1a5e0d2b3f4a596",
    vpcId: "vpc-0e7a1c2b3d4f50617",
});

export const nodeGroupName = pool.nodeGroupName;
export const efaPerNode = pool.efaPerNode;
