export { secretStoreContract } from './contract.ts'
