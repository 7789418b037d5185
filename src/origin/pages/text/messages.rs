//! Texts of the messages to people.

use super::texts;

texts! {
    /// Texts of the messages to people.
    Messages {
        signin_subject: [
            "{code} is your code for {application}",
            "{code} ist Ihr Code für {application}",
            "{code} est votre code pour {application}",
            "{code} es su código para {application}",
            "{code} é o seu código para {application}",
            "{code} は {application} のコードです",
            "{code} 是您的 {application} 验证码",
            "{code} هو رمزك في \u{2068}{application}\u{2069}",
        ];
        signin: [
            "Enter this code to sign in to {application}.",
            "Geben Sie diesen Code ein, um sich bei {application} anzumelden.",
            "Saisissez ce code pour vous connecter à {application}.",
            "Introduzca este código para iniciar sesión en {application}.",
            "Digite este código para entrar em {application}.",
            "{application} にサインインするには、このコードを入力してください。",
            "输入此验证码以登录 {application}。",
            "أدخل هذا الرمز لتسجيل الدخول إلى \u{2068}{application}\u{2069}.",
        ];
        signup_subject: [
            "{code} is your code for {application}",
            "{code} ist Ihr Code für {application}",
            "{code} est votre code pour {application}",
            "{code} es su código para {application}",
            "{code} é o seu código para {application}",
            "{code} は {application} のコードです",
            "{code} 是您的 {application} 验证码",
            "{code} هو رمزك في \u{2068}{application}\u{2069}",
        ];
        signup: [
            "Enter this code to confirm your address and create an account at {organization}.",
            "Geben Sie diesen Code ein, um Ihre Adresse zu bestätigen und ein Konto bei {organization} zu erstellen.",
            "Saisissez ce code pour confirmer votre adresse et créer un compte chez {organization}.",
            "Introduzca este código para confirmar su dirección y crear una cuenta en {organization}.",
            "Digite este código para confirmar seu endereço e criar uma conta em {organization}.",
            "このコードを入力してアドレスを確認し、{organization} のアカウントを作成してください。",
            "输入此验证码以确认您的地址，并在 {organization} 创建账户。",
            "أدخل هذا الرمز لتأكيد عنوانك وإنشاء حساب لدى \u{2068}{organization}\u{2069}.",
        ];
        reset_subject: [
            "{code} is your code for a new password",
            "{code} ist Ihr Code für ein neues Passwort",
            "{code} est votre code pour un nouveau mot de passe",
            "{code} es su código para una contraseña nueva",
            "{code} é o seu código para uma nova senha",
            "{code} は新しいパスワード用のコードです",
            "{code} 是您设置新密码的验证码",
            "{code} هو رمزك لكلمة مرور جديدة",
        ];
        reset: [
            "Enter this code to choose a new password for your account at {organization}.",
            "Geben Sie diesen Code ein, um ein neues Passwort für Ihr Konto bei {organization} zu wählen.",
            "Saisissez ce code pour choisir un nouveau mot de passe pour votre compte chez {organization}.",
            "Introduzca este código para elegir una contraseña nueva para su cuenta en {organization}.",
            "Digite este código para escolher uma nova senha para sua conta em {organization}.",
            "{organization} のアカウントに新しいパスワードを設定するには、このコードを入力してください。",
            "输入此验证码，为您在 {organization} 的账户设置新密码。",
            "أدخل هذا الرمز لاختيار كلمة مرور جديدة لحسابك لدى \u{2068}{organization}\u{2069}.",
        ];
        verify_subject: [
            "{code} confirms your address",
            "{code} bestätigt Ihre Adresse",
            "{code} confirme votre adresse",
            "{code} confirma su dirección",
            "{code} confirma o seu endereço",
            "{code} はアドレス確認用のコードです",
            "{code} 是您确认地址的验证码",
            "{code} هو رمز تأكيد عنوانك",
        ];
        verify: [
            "Enter this code to confirm this address for your account at {organization}.",
            "Geben Sie diesen Code ein, um diese Adresse für Ihr Konto bei {organization} zu bestätigen.",
            "Saisissez ce code pour confirmer cette adresse pour votre compte chez {organization}.",
            "Introduzca este código para confirmar esta dirección para su cuenta en {organization}.",
            "Digite este código para confirmar este endereço para sua conta em {organization}.",
            "{organization} のアカウントでこのアドレスを確認するには、このコードを入力してください。",
            "输入此验证码，为您在 {organization} 的账户确认此地址。",
            "أدخل هذا الرمز لتأكيد هذا العنوان لحسابك لدى \u{2068}{organization}\u{2069}.",
        ];
        short: [
            "{application} ({organization}) code {code}. Never give it to anyone who asks for it.",
            "{application} ({organization}): Code {code}. Geben Sie ihn niemals weiter, auch nicht auf Nachfrage.",
            "{application} ({organization})\u{a0}: code {code}. Ne le communiquez jamais, même si on vous le demande.",
            "{application} ({organization}): código {code}. No se lo dé nunca a quien se lo pida.",
            "{application} ({organization}): código {code}. Nunca o informe a quem pedir.",
            "{application} ({organization}) のコード: {code}。誰にも教えないでください。",
            "{application}（{organization}）验证码 {code}。请勿告知任何人。",
            "رمز \u{2068}{application}\u{2069} (\u{2068}{organization}\u{2069}): {code}. لا تعطه لأي شخص يطلبه.",
        ];
        lasts: [
            "It lasts for 10 minutes and works once. Never give it to anyone who asks for it, not even to us.",
            "Er gilt 10 Minuten und funktioniert nur einmal. Geben Sie ihn niemals weiter, auch nicht an uns.",
            "Il est valable 10 minutes et ne fonctionne qu’une fois. Ne le communiquez jamais, pas même à nous.",
            "Es válido durante 10 minutos y funciona una sola vez. No se lo dé nunca a nadie que se lo pida, ni siquiera a nosotros.",
            "Ele vale por 10 minutos e funciona uma única vez. Nunca o informe a quem pedir, nem mesmo a nós.",
            "有効期間は 10 分で、1 回だけ使用できます。誰に聞かれても、当社に対しても、決して教えないでください。",
            "有效期为 10 分钟，且只能使用一次。切勿告知任何向您索要的人，包括我们。",
            "يصلح لمدة 10 دقائق ويعمل مرة واحدة. لا تعطه أبدًا لأي شخص يطلبه، ولا حتى لنا.",
        ];
        not_you: [
            "If you did not ask for it, ignore this message: nothing happens without the code.",
            "Wenn Sie den Code nicht angefordert haben, ignorieren Sie diese Nachricht: Ohne den Code geschieht nichts.",
            "Si vous ne l’avez pas demandé, ignorez ce message\u{a0}: sans le code, rien ne se passe.",
            "Si no lo solicitó, ignore este mensaje: sin el código no ocurre nada.",
            "Se você não o solicitou, ignore esta mensagem: sem o código, nada acontece.",
            "お心当たりがない場合は、このメッセージを無視してください。コードがなければ何も起こりません。",
            "如果您没有请求此验证码，请忽略此消息：没有验证码，不会发生任何操作。",
            "إذا لم تطلبه، فتجاهل هذه الرسالة؛ إذ لا يحدث شيء من دون الرمز.",
        ];
        open: [
            "Continue in the browser where you asked",
            "Im Browser fortfahren, in dem Sie den Code angefordert haben",
            "Continuer dans le navigateur où vous avez fait la demande",
            "Continuar en el navegador en el que lo solicitó",
            "Continuar no navegador em que você o solicitou",
            "リクエストしたブラウザで続ける",
            "在您发出请求的浏览器中继续",
            "المتابعة في المتصفح الذي أرسلت منه الطلب",
        ];

        exists_subject: [
            "You already have an account at {organization}",
            "Sie haben bereits ein Konto bei {organization}",
            "Vous avez déjà un compte chez {organization}",
            "Ya tiene una cuenta en {organization}",
            "Você já tem uma conta em {organization}",
            "{organization} のアカウントをすでにお持ちです",
            "您已拥有 {organization} 账户",
            "لديك بالفعل حساب لدى \u{2068}{organization}\u{2069}",
        ];
        exists: [
            "Someone, probably you, tried to create an account at {organization} with this address. You already have one.",
            "Jemand, vermutlich Sie, wollte mit dieser Adresse ein Konto bei {organization} erstellen. Sie haben bereits eines.",
            "Quelqu’un, probablement vous, a tenté de créer un compte chez {organization} avec cette adresse. Vous en avez déjà un.",
            "Alguien, probablemente usted, intentó crear una cuenta en {organization} con esta dirección. Ya tiene una.",
            "Alguém, provavelmente você, tentou criar uma conta em {organization} com este endereço. Você já tem uma.",
            "このアドレスで {organization} のアカウントを作成しようとする操作がありました (おそらくご本人によるものです)。アカウントはすでに存在します。",
            "有人（可能是您本人）尝试使用此地址在 {organization} 创建账户。您已有账户。",
            "حاول شخص ما، وعلى الأرجح أنت، إنشاء حساب لدى \u{2068}{organization}\u{2069} باستخدام هذا العنوان. لديك حساب بالفعل.",
        ];
        exists_what: [
            "Sign in with it, or choose a new password if you have forgotten yours. If this was not you, there is nothing to do.",
            "Melden Sie sich damit an, oder wählen Sie ein neues Passwort, wenn Sie Ihres vergessen haben. Wenn Sie das nicht waren, müssen Sie nichts tun.",
            "Connectez-vous avec celui-ci ou choisissez un nouveau mot de passe si vous avez oublié le vôtre. Si ce n’était pas vous, vous n’avez rien à faire.",
            "Inicie sesión con ella o elija una contraseña nueva si olvidó la suya. Si no fue usted, no tiene que hacer nada.",
            "Entre com ela ou escolha uma nova senha se esqueceu a sua. Se não foi você, não é preciso fazer nada.",
            "そのアカウントでサインインするか、パスワードをお忘れの場合は新しいパスワードを設定してください。お心当たりがない場合は、何もする必要はありません。",
            "请使用该账户登录；如果忘记密码，请设置新密码。如果这不是您本人的操作，则无需执行任何操作。",
            "سجّل الدخول به، أو اختر كلمة مرور جديدة إذا نسيت كلمة مرورك. إذا لم تكن أنت من فعل ذلك، فلا يلزمك فعل شيء.",
        ];

        password_subject: [
            "Your password was changed",
            "Ihr Passwort wurde geändert",
            "Votre mot de passe a été modifié",
            "Su contraseña cambió",
            "Sua senha foi alterada",
            "パスワードが変更されました",
            "您的密码已更改",
            "تم تغيير كلمة المرور",
        ];
        password: [
            "The password of your account {account} was changed at {time}, and every device was signed out.",
            "Das Passwort Ihres Kontos {account} wurde am {time} geändert, und alle Geräte wurden abgemeldet.",
            "Le mot de passe de votre compte {account} a été modifié ({time}) et tous les appareils ont été déconnectés.",
            "La contraseña de su cuenta {account} se cambió ({time}) y se cerró la sesión en todos los dispositivos.",
            "A senha da sua conta {account} foi alterada ({time}) e todos os dispositivos foram desconectados.",
            "アカウント {account} のパスワードが変更され ({time})、すべてのデバイスがサインアウトされました。",
            "您的账户 {account} 的密码已于 {time} 更改，所有设备均已退出登录。",
            "تم تغيير كلمة مرور حسابك \u{2068}{account}\u{2069} في \u{2068}{time}\u{2069}، وتم تسجيل خروج جميع الأجهزة.",
        ];
        email_subject: [
            "Your address was changed",
            "Ihre Adresse wurde geändert",
            "Votre adresse a été modifiée",
            "Su dirección cambió",
            "Seu endereço foi alterado",
            "メールアドレスが変更されました",
            "您的地址已更改",
            "تم تغيير عنوانك",
        ];
        email: [
            "The e-mail address of your account {account} was changed at {time}. Messages go to {address} now.",
            "Die E-Mail-Adresse Ihres Kontos {account} wurde am {time} geändert. Nachrichten gehen jetzt an {address}.",
            "L’adresse e-mail de votre compte {account} a été modifiée ({time}). Les messages sont désormais envoyés à {address}.",
            "La dirección de correo de su cuenta {account} se cambió ({time}). Los mensajes se envían ahora a {address}.",
            "O endereço de e-mail da sua conta {account} foi alterado ({time}). As mensagens agora são enviadas para {address}.",
            "アカウント {account} のメールアドレスが変更されました ({time})。今後、メッセージは {address} に送信されます。",
            "您的账户 {account} 的电子邮件地址已于 {time} 更改。消息现在将发送至 {address}。",
            "تم تغيير عنوان البريد الإلكتروني لحسابك \u{2068}{account}\u{2069} في \u{2068}{time}\u{2069}. تُرسل الرسائل الآن إلى \u{2068}{address}\u{2069}.",
        ];
        phone_subject: [
            "Your phone number was changed",
            "Ihre Telefonnummer wurde geändert",
            "Votre numéro de téléphone a été modifié",
            "Su número de teléfono cambió",
            "Seu número de telefone foi alterado",
            "電話番号が変更されました",
            "您的手机号码已更改",
            "تم تغيير رقم هاتفك",
        ];
        phone: [
            "The phone number of your account {account} was changed at {time} to {address}.",
            "Die Telefonnummer Ihres Kontos {account} wurde am {time} in {address} geändert.",
            "Le numéro de téléphone de votre compte {account} a été modifié ({time})\u{a0}: {address}.",
            "El número de teléfono de su cuenta {account} se cambió ({time}) a {address}.",
            "O número de telefone da sua conta {account} foi alterado ({time}) para {address}.",
            "アカウント {account} の電話番号が {address} に変更されました ({time})。",
            "您的账户 {account} 的手机号码已于 {time} 更改为 {address}。",
            "تم تغيير رقم هاتف حسابك \u{2068}{account}\u{2069} في \u{2068}{time}\u{2069} إلى \u{2068}{address}\u{2069}.",
        ];
        reset_factors_subject: [
            "Your second step was reset",
            "Ihr zweiter Schritt wurde zurückgesetzt",
            "Votre deuxième étape a été réinitialisée",
            "Su segundo paso se ha restablecido",
            "Sua segunda etapa foi redefinida",
            "2 段階認証がリセットされました",
            "您的两步验证已重置",
            "أُعيد ضبط الخطوة الثانية لديك",
        ];
        reset_factors: [
            "An administrator of {organization} removed the second factors and passkeys of your account {account} at {time}. Every session has ended. Set up a new second step after the next sign-in.",
            "Die Administration von {organization} hat die zweiten Faktoren und Passkeys Ihres Kontos {account} entfernt ({time}). Alle Sitzungen sind beendet. Richten Sie nach der nächsten Anmeldung einen neuen zweiten Schritt ein.",
            "L’administration de {organization} a supprimé les seconds facteurs et les clés d’accès de votre compte {account} ({time}). Toutes les sessions sont terminées. Configurez une nouvelle deuxième étape après la prochaine connexion.",
            "La administración de {organization} eliminó los segundos factores y las llaves de acceso de su cuenta {account} ({time}). Todas las sesiones han terminado. Configure un nuevo segundo paso tras el próximo inicio de sesión.",
            "A administração de {organization} removeu os segundos fatores e as chaves de acesso da sua conta {account} ({time}). Todas as sessões foram encerradas. Configure uma nova segunda etapa após o próximo acesso.",
            "{organization} の管理者が、アカウント {account} の第 2 要素とパスキーを削除しました ({time})。すべてのセッションが終了しました。次回のサインイン後に、新しい 2 段階認証を設定してください。",
            "{organization} 的管理员已于 {time} 移除您的账户 {account} 的第二重验证方式和通行密钥。所有会话均已结束。请在下次登录后设置新的两步验证。",
            "أزال مسؤول في \u{2068}{organization}\u{2069} العوامل الثانية ومفاتيح المرور لحسابك \u{2068}{account}\u{2069} في \u{2068}{time}\u{2069}. انتهت كل الجلسات. أعدّ خطوة ثانية جديدة بعد تسجيل الدخول التالي.",
        ];
        not_asked: [
            "If you did not ask for this, tell the administrator of {organization} at once.",
            "Wenn Sie nicht darum gebeten haben, benachrichtigen Sie sofort die Administration von {organization}.",
            "Si vous ne l’avez pas demandé, prévenez immédiatement l’administrateur de {organization}.",
            "Si no lo ha pedido, avise de inmediato al administrador de {organization}.",
            "Se você não pediu isso, avise imediatamente o administrador de {organization}.",
            "依頼した覚えがない場合は、すぐに {organization} の管理者に連絡してください。",
            "如果您没有提出此请求，请立即告知 {organization} 的管理员。",
            "إذا لم تطلب ذلك، فأبلغ مسؤول \u{2068}{organization}\u{2069} على الفور.",
        ];
        was_it_you: [
            "If this was not you, choose a new password at once, and tell the administrator of {organization}.",
            "Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort, und benachrichtigen Sie die Administration von {organization}.",
            "Si ce n’était pas vous, choisissez immédiatement un nouveau mot de passe et prévenez l’administrateur de {organization}.",
            "Si no fue usted, elija de inmediato una contraseña nueva y avise al administrador de {organization}.",
            "Se não foi você, escolha uma nova senha imediatamente e avise o administrador de {organization}.",
            "お心当たりがない場合は、すぐに新しいパスワードを設定し、{organization} の管理者に連絡してください。",
            "如果这不是您本人的操作，请立即设置新密码，并告知 {organization} 的管理员。",
            "إذا لم تكن أنت من فعل ذلك، فاختر كلمة مرور جديدة على الفور وأبلغ مسؤول \u{2068}{organization}\u{2069}.",
        ];
    }
}
