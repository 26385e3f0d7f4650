import type { SecretStore } from '../port/secret-store.ts'

/** Two handles on the same data, as two services have them. Set before the first test of the suite. */
export interface Handles {
  one: SecretStore
  other: SecretStore
}
