import { stopVaultOfTheRun } from './vault-of-the-run.ts'

export default stopVaultOfTheRun
