export { type IssuerUnderTest, issuerContract } from './issuer-contract.ts'
