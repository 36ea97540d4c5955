/* Every operation of the API with every kind of credentials: about a thousand requests, one after the other. */
import '../e2e/access-matrix.e2e.js';
