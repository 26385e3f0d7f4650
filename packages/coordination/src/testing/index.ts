export { coordinationContract } from './contract.ts'
