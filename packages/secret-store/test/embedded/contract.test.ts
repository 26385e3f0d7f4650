import { openEmbeddedStore } from '../../src/index.ts'
import { secretStoreContract } from '../../src/testing/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const directory = temporaryDirectory()

secretStoreContract('the embedded adapter', async () => openEmbeddedStore({ directory }))
