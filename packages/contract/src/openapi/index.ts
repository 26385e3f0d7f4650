export { accountFileSchemaText } from './account-file-schema.ts'
export { type OpenApiDocument, openApiDocument, openApiText } from './document.ts'
