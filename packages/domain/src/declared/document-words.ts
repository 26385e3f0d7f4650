/** What applying a document does to one thing. */
export const documentActions = ['create', 'update', 'delete', 'rename'] as const
export type DocumentAction = (typeof documentActions)[number]

export const documentKinds = ['certificate', 'trust', 'mapping', 'appKey', 'settings'] as const
export type DocumentKind = (typeof documentKinds)[number]
