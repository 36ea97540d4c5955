/** What other features may know of this one; AuthModule provides the class. */
export { AdminBearer } from './admin-bearer.js';
