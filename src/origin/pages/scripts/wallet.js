// Signs in by a wallet: form[data-wallet] has data-nonce, the address that issues the message, fields for what the
// wallet returns, and [role=alert] with texts in data-cancelled, data-failed. Without a wallet, and
// without scripts, the form stays hidden. A wallet that announces itself later (EIP-6963) shows it.
(() => {
const form = document.querySelector("form[data-wallet]");
const list = form.querySelector("[data-wallets]");
const alert = form.querySelector("[role=alert]");
const known = new Set();

const say = (name) => {
  alert.textContent = alert.dataset[name];
  alert.hidden = false;
};

async function message(chain, address) {
  const url = new URL(form.dataset.nonce, location.href);
  url.searchParams.set("chain", chain);
  url.searchParams.set("address", address);
  const answer = await (await fetch(url, { credentials: "same-origin" })).json();
  if (answer.status !== "ok") throw new Error(answer.msg);
  return answer.data.message;
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const sign = {
  async evm(wallet) {
    const [address] = await wallet.request({ method: "eth_requestAccounts" });
    const text = await message("evm", address);
    // As bytes, as `personal_sign` defines it: some wallets read a text that looks like hex as bytes.
    const bytes = `0x${hex(new TextEncoder().encode(text))}`;
    const signature = await wallet.request({ method: "personal_sign", params: [bytes, address] });
    return { address, message: text, signature };
  },
  async solana(wallet) {
    const { publicKey } = await wallet.connect();
    const address = publicKey.toString();
    const text = await message("solana", address);
    const { signature } = await wallet.signMessage(new TextEncoder().encode(text), "utf8");
    return { address, message: text, signature: btoa(String.fromCharCode(...signature)) };
  },
};

async function run(chain, wallet) {
  alert.hidden = true;
  try {
    const proof = await sign[chain](wallet);
    const chosen = document.querySelector("input#organization")?.value.trim();
    if (chosen) form.elements.organization.value = chosen;
    for (const [name, value] of Object.entries({ chain, ...proof })) form.elements[name].value = value;
    form.submit();
  } catch (error) {
    say(error?.code === 4001 ? "cancelled" : "failed");
  }
}

function offer(chain, wallet, name, id) {
  if (known.has(id)) return;
  known.add(id);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = name;
  button.addEventListener("click", () => run(chain, wallet));
  list.append(button);
  form.hidden = false;
}

addEventListener("eip6963:announceProvider", ({ detail: { info, provider } }) =>
  offer("evm", provider, form.dataset.with.replace("{wallet}", info.name), info.uuid));
dispatchEvent(new Event("eip6963:requestProvider"));
// After the wallets that announce themselves.
setTimeout(() => {
  if (window.ethereum && !known.size) offer("evm", window.ethereum, form.dataset.label, "ethereum");
  if (window.solana?.signMessage) {
    offer("solana", window.solana, form.dataset.with.replace("{wallet}", "Solana"), "solana");
  }
});
})();
