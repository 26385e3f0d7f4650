import { startVaultOfTheRun } from './vault-of-the-run.ts'

export default startVaultOfTheRun
