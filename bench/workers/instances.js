// Remembers the WebAssembly instances that modules make which are imported after this one.
export const instances = [];

WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...parameters) {
    super(...parameters);
    instances.push(this);
  }
};
