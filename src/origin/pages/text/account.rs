//! Texts of the account pages.

use super::texts;

texts! {
    /// Texts of the account pages.
    Account {
        overview: [
            "Your account",
            "Ihr Konto",
            "Votre compte",
            "Su cuenta",
            "Sua conta",
            "アカウント",
            "您的账户",
            "حسابك",
        ];
        profile: [
            "Profile",
            "Profil",
            "Profil",
            "Perfil",
            "Perfil",
            "プロフィール",
            "个人资料",
            "الملف الشخصي",
        ];
        password: [
            "Password",
            "Passwort",
            "Mot de passe",
            "Contraseña",
            "Senha",
            "パスワード",
            "密码",
            "كلمة المرور",
        ];
        passkeys: [
            "Passkeys",
            "Passkeys",
            "Clés d’accès",
            "Llaves de acceso",
            "Chaves de acesso",
            "パスキー",
            "通行密钥",
            "مفاتيح المرور",
        ];
        factors: [
            "Second step",
            "Zweiter Schritt",
            "Deuxième étape",
            "Segundo paso",
            "Segunda etapa",
            "2 段階認証",
            "两步验证",
            "الخطوة الثانية",
        ];
        sessions: [
            "Devices",
            "Geräte",
            "Appareils",
            "Dispositivos",
            "Dispositivos",
            "デバイス",
            "设备",
            "الأجهزة",
        ];
        applications: [
            "Applications",
            "Anwendungen",
            "Applications",
            "Aplicaciones",
            "Aplicativos",
            "アプリ",
            "应用",
            "التطبيقات",
        ];
        keys: [
            "API keys",
            "API-Schlüssel",
            "Clés API",
            "Claves de API",
            "Chaves de API",
            "API キー",
            "API 密钥",
            "مفاتيح API",
        ];
        activity: [
            "Activity",
            "Aktivitäten",
            "Activité",
            "Actividad",
            "Atividade",
            "アクティビティ",
            "活动",
            "النشاط",
        ];
        delete: [
            "Delete account",
            "Konto löschen",
            "Supprimer le compte",
            "Eliminar la cuenta",
            "Excluir conta",
            "アカウントを削除",
            "删除账户",
            "حذف الحساب",
        ];
        navigation: [
            "Account",
            "Konto",
            "Compte",
            "Cuenta",
            "Conta",
            "アカウント",
            "账户",
            "الحساب",
        ];
        signed_in_as: [
            "Signed in as {person}.",
            "Angemeldet als {person}.",
            "Connecté en tant que {person}.",
            "Sesión iniciada como {person}.",
            "Conectado como {person}.",
            "{person} としてサインインしています。",
            "已以 {person} 的身份登录。",
            "تم تسجيل الدخول باسم \u{2068}{person}\u{2069}.",
        ];
        sign_out: [
            "Sign out",
            "Abmelden",
            "Se déconnecter",
            "Cerrar sesión",
            "Sair",
            "サインアウト",
            "退出登录",
            "تسجيل الخروج",
        ];
        saved: [
            "Saved.",
            "Gespeichert.",
            "Enregistré.",
            "Guardado.",
            "Salvo.",
            "保存しました。",
            "已保存。",
            "تم الحفظ.",
        ];
        save: ["Save", "Speichern", "Enregistrer", "Guardar", "Salvar", "保存", "保存", "حفظ"];
        remove: [
            "Remove",
            "Entfernen",
            "Supprimer",
            "Eliminar",
            "Remover",
            "削除",
            "移除",
            "إزالة",
        ];
        rename: [
            "Rename",
            "Umbenennen",
            "Renommer",
            "Cambiar nombre",
            "Renomear",
            "名前を変更",
            "重命名",
            "إعادة تسمية",
        ];
        change: ["Change", "Ändern", "Modifier", "Cambiar", "Alterar", "変更", "更改", "تغيير"];
        name: ["Name", "Name", "Nom", "Nombre", "Nome", "名前", "名称", "الاسم"];
        never_used: [
            "Never used",
            "Nie verwendet",
            "Jamais utilisé",
            "Sin usar",
            "Nunca usado",
            "未使用",
            "从未使用",
            "لم يُستخدم قط",
        ];
        last_used: [
            "Last used {time}",
            "Zuletzt verwendet: {time}",
            "Dernière utilisation\u{a0}: {time}",
            "Último uso: {time}",
            "Último uso: {time}",
            "最終使用: {time}",
            "上次使用：{time}",
            "آخر استخدام: \u{2068}{time}\u{2069}",
        ];
        added: [
            "Added {time}",
            "Hinzugefügt: {time}",
            "Ajout\u{a0}: {time}",
            "Fecha de alta: {time}",
            "Adição: {time}",
            "追加日時: {time}",
            "添加时间：{time}",
            "أُضيف في \u{2068}{time}\u{2069}",
        ];
        nothing: [
            "There is nothing here yet.",
            "Hier ist noch nichts vorhanden.",
            "Il n’y a rien ici pour le moment.",
            "Aún no hay nada aquí.",
            "Ainda não há nada aqui.",
            "まだ何もありません。",
            "此处尚无内容。",
            "لا يوجد شيء هنا بعد.",
        ];
        stale: [
            "This was changed by another request. Please try again.",
            "Dies wurde durch eine andere Anfrage geändert. Bitte versuchen Sie es erneut.",
            "Cet élément a été modifié par une autre demande. Veuillez réessayer.",
            "Otra solicitud cambió este elemento. Inténtelo de nuevo.",
            "Este item foi alterado por outra solicitação. Tente novamente.",
            "別のリクエストによって変更されました。もう一度お試しください。",
            "此内容已被另一个请求更改。请重试。",
            "تم تغيير هذا بواسطة طلب آخر. يُرجى المحاولة مرة أخرى.",
        ];
        unknown: [
            "This does not exist any more.",
            "Dies ist nicht mehr vorhanden.",
            "Cet élément n’existe plus.",
            "Este elemento ya no existe.",
            "Este item não existe mais.",
            "これはすでに存在しません。",
            "此内容已不存在。",
            "لم يعد هذا موجودًا.",
        ];
        failed: [
            "This could not be changed: {why}.",
            "Die Änderung war nicht möglich: {why}.",
            "La modification a échoué\u{a0}: {why}.",
            "No se pudo cambiar: {why}.",
            "Não foi possível alterar: {why}.",
            "変更できませんでした: {why}。",
            "无法更改：{why}。",
            "تعذّر التغيير: \u{2068}{why}\u{2069}.",
        ];

        username: [
            "Username",
            "Benutzername",
            "Nom d’utilisateur",
            "Nombre de usuario",
            "Nome de usuário",
            "ユーザー名",
            "用户名",
            "اسم المستخدم",
        ];
        email: [
            "Email address",
            "E-Mail-Adresse",
            "Adresse e-mail",
            "Correo electrónico",
            "Endereço de e-mail",
            "メールアドレス",
            "电子邮件地址",
            "عنوان البريد الإلكتروني",
        ];
        phone: [
            "Phone number",
            "Telefonnummer",
            "Numéro de téléphone",
            "Número de teléfono",
            "Número de telefone",
            "電話番号",
            "手机号码",
            "رقم الهاتف",
        ];
        none: ["None", "Nicht angegeben", "Aucun", "Ninguno", "Nenhum", "なし", "无", "لا يوجد"];
        organization: [
            "Organization",
            "Organisation",
            "Organisation",
            "Organización",
            "Organização",
            "組織",
            "组织",
            "المؤسسة",
        ];
        display_name: [
            "Your name",
            "Ihr Name",
            "Votre nom",
            "Su nombre",
            "Seu nome",
            "名前",
            "您的姓名",
            "اسمك",
        ];
        avatar: [
            "Address of your picture",
            "Adresse Ihres Bildes",
            "Adresse de votre photo",
            "Dirección de su foto",
            "Endereço da sua foto",
            "画像の URL",
            "头像地址",
            "عنوان صورتك",
        ];
        bio: [
            "About you",
            "Über Sie",
            "À propos de vous",
            "Sobre usted",
            "Sobre você",
            "自己紹介",
            "个人简介",
            "نبذة عنك",
        ];
        homepage: [
            "Homepage",
            "Website",
            "Site web",
            "Sitio web",
            "Site",
            "ウェブサイト",
            "个人主页",
            "الموقع الإلكتروني",
        ];
        language: ["Language", "Sprache", "Langue", "Idioma", "Idioma", "言語", "语言", "اللغة"];
        language_of_browser: [
            "As your browser asks for",
            "Wie im Browser eingestellt",
            "Celle de votre navigateur",
            "El que pide su navegador",
            "Conforme o navegador",
            "ブラウザの設定に従う",
            "跟随浏览器",
            "حسب لغة متصفحك",
        ];
        download_data: [
            "Download your data",
            "Ihre Daten herunterladen",
            "Télécharger vos données",
            "Descargar sus datos",
            "Baixar seus dados",
            "データをダウンロード",
            "下载您的数据",
            "تنزيل بياناتك",
        ];

        password_why: [
            "A new password signs you out everywhere else.",
            "Mit einem neuen Passwort werden Sie überall sonst abgemeldet.",
            "Un nouveau mot de passe vous déconnecte partout ailleurs.",
            "Al cambiar la contraseña, se cierra la sesión en los demás dispositivos.",
            "Uma nova senha encerra sua sessão em todos os outros lugares.",
            "パスワードを変更すると、ほかのすべての場所からサインアウトされます。",
            "更改密码后，您在其他所有位置都将退出登录。",
            "تؤدي كلمة المرور الجديدة إلى تسجيل خروجك من جميع الأماكن الأخرى.",
        ];
        old_password: [
            "Current password",
            "Aktuelles Passwort",
            "Mot de passe actuel",
            "Contraseña actual",
            "Senha atual",
            "現在のパスワード",
            "当前密码",
            "كلمة المرور الحالية",
        ];
        new_password: [
            "New password",
            "Neues Passwort",
            "Nouveau mot de passe",
            "Contraseña nueva",
            "Nova senha",
            "新しいパスワード",
            "新密码",
            "كلمة المرور الجديدة",
        ];
        password_hint: [
            "At least 8 characters. Longer is better: a few random words are easy to remember.",
            "Mindestens 8 Zeichen. Länger ist besser: Einige zufällige Wörter sind leicht zu merken.",
            "Au moins 8 caractères. Plus long, c’est mieux\u{a0}: quelques mots au hasard sont faciles à retenir.",
            "Al menos 8 caracteres. Cuanto más larga, mejor: varias palabras al azar son fáciles de recordar.",
            "Pelo menos 8 caracteres. Quanto mais longa, melhor: algumas palavras aleatórias são fáceis de lembrar.",
            "8 文字以上。長いほど安全です。ランダムな単語をいくつか組み合わせると覚えやすくなります。",
            "至少 8 个字符。越长越好：几个随机的词很容易记住。",
            "8 أحرف على الأقل. كلما كانت أطول كان ذلك أفضل: بضع كلمات عشوائية يسهل تذكّرها.",
        ];
        set_password: [
            "Set password",
            "Passwort festlegen",
            "Définir le mot de passe",
            "Establecer contraseña",
            "Definir senha",
            "パスワードを設定",
            "设置密码",
            "تعيين كلمة المرور",
        ];
        password_changed: [
            "Your password has been changed. You are signed out everywhere else.",
            "Ihr Passwort wurde geändert. Sie sind überall sonst abgemeldet.",
            "Votre mot de passe a été modifié. Vous êtes déconnecté partout ailleurs.",
            "Su contraseña cambió. Se cerró la sesión en los demás dispositivos.",
            "Sua senha foi alterada. Sua sessão foi encerrada em todos os outros lugares.",
            "パスワードを変更しました。ほかのすべての場所からサインアウトされています。",
            "您的密码已更改。您在其他所有位置均已退出登录。",
            "تم تغيير كلمة المرور، وتم تسجيل خروجك من جميع الأماكن الأخرى.",
        ];

        passkeys_why: [
            "A passkey signs you in with your fingerprint, your face or the PIN of your device.",
            "Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder mit der PIN Ihres Geräts an.",
            "Une clé d’accès vous permet de vous connecter avec votre empreinte digitale, votre visage ou le code PIN de votre appareil.",
            "Con una llave de acceso inicia sesión con su huella dactilar, su rostro o el PIN de su dispositivo.",
            "Com uma chave de acesso, você entra usando a impressão digital, o rosto ou o PIN do dispositivo.",
            "パスキーを使うと、指紋、顔認証、またはデバイスの PIN でサインインできます。",
            "通行密钥可让您使用指纹、面容或设备 PIN 登录。",
            "يتيح لك مفتاح المرور تسجيل الدخول ببصمة إصبعك أو وجهك أو رقم التعريف الشخصي لجهازك.",
        ];
        passkey: [
            "Passkey",
            "Passkey",
            "Clé d’accès",
            "Llave de acceso",
            "Chave de acesso",
            "パスキー",
            "通行密钥",
            "مفتاح مرور",
        ];
        synced: [
            "Synced between devices",
            "Zwischen Geräten synchronisiert",
            "Synchronisée entre vos appareils",
            "Sincronizada entre dispositivos",
            "Sincronizada entre dispositivos",
            "デバイス間で同期",
            "在设备间同步",
            "تتم مزامنته بين الأجهزة",
        ];
        name_of: [
            "Name of {name}",
            "Name von {name}",
            "Nom de {name}",
            "Nombre de {name}",
            "Nome de {name}",
            "{name} の名前",
            "{name} 的名称",
            "اسم \u{2068}{name}\u{2069}",
        ];
        remove_it: [
            "Remove {name}",
            "{name} entfernen",
            "Supprimer {name}",
            "Eliminar {name}",
            "Remover {name}",
            "{name} を削除",
            "移除 {name}",
            "إزالة \u{2068}{name}\u{2069}",
        ];

        factors_why: [
            "A second step protects your account when your password is known to others.",
            "Ein zweiter Schritt schützt Ihr Konto, wenn andere Ihr Passwort kennen.",
            "Une deuxième étape protège votre compte si d’autres connaissent votre mot de passe.",
            "Un segundo paso protege su cuenta si otras personas conocen su contraseña.",
            "Uma segunda etapa protege sua conta se outras pessoas souberem sua senha.",
            "2 段階認証を使うと、パスワードが他人に知られてもアカウントを保護できます。",
            "即使他人知道您的密码，两步验证也能保护您的账户。",
            "تحمي الخطوة الثانية حسابك إذا عرف آخرون كلمة مرورك.",
        ];
        app: [
            "Authenticator app",
            "Authenticator-App",
            "Application d’authentification",
            "Aplicación de autenticación",
            "App autenticador",
            "認証アプリ",
            "身份验证器应用",
            "تطبيق المصادقة",
        ];
        by_email: [
            "Code by email to {address}",
            "Code per E-Mail an {address}",
            "Code par e-mail à {address}",
            "Código por correo a {address}",
            "Código por e-mail para {address}",
            "{address} にメールでコードを送信",
            "发送到 {address} 的邮件验证码",
            "رمز عبر البريد الإلكتروني إلى \u{2068}{address}\u{2069}",
        ];
        by_sms: [
            "Code by text message to {address}",
            "Code per SMS an {address}",
            "Code par SMS au {address}",
            "Código por SMS a {address}",
            "Código por SMS para {address}",
            "{address} に SMS でコードを送信",
            "发送到 {address} 的短信验证码",
            "رمز عبر رسالة نصية إلى \u{2068}{address}\u{2069}",
        ];
        preferred: [
            "Asked for first",
            "Wird zuerst abgefragt",
            "Demandé en premier",
            "Se pide primero",
            "Solicitado primeiro",
            "最初に使用",
            "优先使用",
            "يُطلب أولًا",
        ];
        prefer: [
            "Ask for this first",
            "Zuerst abfragen",
            "Demander en premier",
            "Pedir primero",
            "Solicitar primeiro",
            "最初に使用する",
            "设为优先",
            "طلبه أولًا",
        ];
        identities: [
            "Wallets and linked accounts",
            "Wallets und verknüpfte Konten",
            "Portefeuilles et comptes liés",
            "Carteras y cuentas vinculadas",
            "Carteiras e contas vinculadas",
            "ウォレットと連携アカウント",
            "钱包和关联账户",
            "المحافظ والحسابات المرتبطة",
        ];
        identities_why: [
            "You can sign in with each of these. Unlink what you no longer use.",
            "Sie können sich mit jedem davon anmelden. Trennen Sie, was Sie nicht mehr verwenden.",
            "Chacun d’eux vous permet de vous connecter. Dissociez ceux que vous n’utilisez plus.",
            "Puede iniciar sesión con cada una de ellas. Desvincule las que ya no use.",
            "Você pode entrar com cada uma delas. Desvincule as que não usa mais.",
            "これらのいずれかでサインインできます。使用しなくなったものは連携を解除してください。",
            "您可以使用其中任意一项登录。请取消关联不再使用的项。",
            "يمكنك تسجيل الدخول بأي منها. ألغِ ربط ما لم تعد تستخدمه.",
        ];
        link_provider: [
            "Link {provider}",
            "{provider} verknüpfen",
            "Lier {provider}",
            "Vincular {provider}",
            "Vincular {provider}",
            "{provider} を連携",
            "关联 {provider}",
            "ربط \u{2068}{provider}\u{2069}",
        ];
        link_wallet: [
            "Link a wallet",
            "Wallet verknüpfen",
            "Lier un portefeuille",
            "Vincular una cartera",
            "Vincular uma carteira",
            "ウォレットを連携",
            "关联钱包",
            "ربط محفظة",
        ];
        link_wallet_how: [
            "Open this page in a browser that has a wallet to link it.",
            "Öffnen Sie diese Seite in einem Browser mit Wallet, um sie zu verknüpfen.",
            "Ouvrez cette page dans un navigateur doté d’un portefeuille pour le lier.",
            "Abra esta página en un navegador que tenga una cartera para vincularla.",
            "Abra esta página em um navegador que tenha uma carteira para vinculá-la.",
            "ウォレットを連携するには、ウォレットのあるブラウザでこのページを開いてください。",
            "请在装有钱包的浏览器中打开此页面以进行关联。",
            "افتح هذه الصفحة في متصفح به محفظة لربطها.",
        ];
        unlink_it: [
            "Unlink {name}",
            "{name} trennen",
            "Dissocier {name}",
            "Desvincular {name}",
            "Desvincular {name}",
            "{name} の連携を解除",
            "取消关联 {name}",
            "إلغاء ربط \u{2068}{name}\u{2069}",
        ];
        identity_taken: [
            "This is linked to another account already.",
            "Dies ist bereits mit einem anderen Konto verknüpft.",
            "Ceci est déjà lié à un autre compte.",
            "Esto ya está vinculado a otra cuenta.",
            "Isto já está vinculado a outra conta.",
            "これはすでに別のアカウントに連携されています。",
            "这已关联到另一个账户。",
            "هذا مرتبط بالفعل بحساب آخر.",
        ];
        identity_last: [
            "This is the only way to sign in to your account. Set a password or add a passkey first.",
            "Dies ist die einzige Möglichkeit, sich bei Ihrem Konto anzumelden. Legen Sie zuerst ein Passwort fest oder fügen Sie einen Passkey hinzu.",
            "C’est le seul moyen de vous connecter à votre compte. Définissez d’abord un mot de passe ou ajoutez une clé d’accès.",
            "Es la única forma de iniciar sesión en su cuenta. Primero defina una contraseña o añada una llave de acceso.",
            "Esta é a única forma de entrar na sua conta. Primeiro defina uma senha ou adicione uma chave de acesso.",
            "これはアカウントにサインインする唯一の方法です。先にパスワードを設定するか、パスキーを追加してください。",
            "这是登录您账户的唯一方式。请先设置密码或添加通行密钥。",
            "هذه هي الطريقة الوحيدة لتسجيل الدخول إلى حسابك. عيّن كلمة مرور أو أضف مفتاح مرور أولًا.",
        ];
        too_many_identities: [
            "Your account has as many linked accounts as it can have. Unlink one first.",
            "Ihr Konto hat bereits so viele verknüpfte Konten wie möglich. Trennen Sie zuerst eines.",
            "Votre compte a atteint le nombre maximal de comptes liés. Dissociez-en un d’abord.",
            "Su cuenta ya tiene el máximo de cuentas vinculadas. Desvincule una primero.",
            "Sua conta já tem o máximo de contas vinculadas. Desvincule uma primeiro.",
            "連携アカウントの数が上限に達しています。先に 1 つ解除してください。",
            "您的账户已达到关联账户数量上限。请先取消关联一个。",
            "بلغ حسابك الحد الأقصى من الحسابات المرتبطة. ألغِ ربط أحدها أولًا.",
        ];
        add_passkey: [
            "Add a passkey",
            "Passkey hinzufügen",
            "Ajouter une clé d’accès",
            "Añadir una llave de acceso",
            "Adicionar uma chave de acesso",
            "パスキーを追加",
            "添加通行密钥",
            "إضافة مفتاح مرور",
        ];
        addresses_why: [
            "A code is sent to the new address, and a notice to the old one.",
            "An die neue Adresse wird ein Code gesendet, an die alte eine Mitteilung.",
            "Un code est envoyé à la nouvelle adresse, et un avis à l’ancienne.",
            "Se envía un código a la nueva dirección y un aviso a la anterior.",
            "Um código é enviado para o novo endereço, e um aviso para o antigo.",
            "新しいアドレスにコードが、以前のアドレスに通知が送信されます。",
            "验证码将发送至新地址，通知将发送至旧地址。",
            "يُرسل رمز إلى العنوان الجديد وإشعار إلى القديم.",
        ];
        new_email: [
            "New email address",
            "Neue E-Mail-Adresse",
            "Nouvelle adresse e-mail",
            "Nuevo correo electrónico",
            "Novo endereço de e-mail",
            "新しいメールアドレス",
            "新的电子邮件地址",
            "عنوان البريد الإلكتروني الجديد",
        ];
        new_phone: [
            "New phone number",
            "Neue Telefonnummer",
            "Nouveau numéro de téléphone",
            "Nuevo número de teléfono",
            "Novo número de telefone",
            "新しい電話番号",
            "新的手机号码",
            "رقم الهاتف الجديد",
        ];
        change_email: [
            "Change email address",
            "E-Mail-Adresse ändern",
            "Changer l’adresse e-mail",
            "Cambiar el correo electrónico",
            "Alterar o endereço de e-mail",
            "メールアドレスを変更",
            "更改电子邮件地址",
            "تغيير عنوان البريد الإلكتروني",
        ];
        change_phone: [
            "Change phone number",
            "Telefonnummer ändern",
            "Changer le numéro de téléphone",
            "Cambiar el número de teléfono",
            "Alterar o número de telefone",
            "電話番号を変更",
            "更改手机号码",
            "تغيير رقم الهاتف",
        ];
        confirm_email: [
            "Confirm email address",
            "E-Mail-Adresse bestätigen",
            "Confirmer l’adresse e-mail",
            "Confirmar el correo electrónico",
            "Confirmar o endereço de e-mail",
            "メールアドレスを確認",
            "确认电子邮件地址",
            "تأكيد عنوان البريد الإلكتروني",
        ];
        mailbox_only: [
            "You sign in by codes to this mailbox. Set a password or add a passkey first.",
            "Sie melden sich mit Codes an dieses Postfach an. Legen Sie zuerst ein Passwort fest oder fügen Sie einen Passkey hinzu.",
            "Vous vous connectez par des codes envoyés à cette adresse. Définissez d’abord un mot de passe ou ajoutez une clé d’accès.",
            "Inicia sesión con códigos enviados a este buzón. Primero defina una contraseña o añada una llave de acceso.",
            "Você entra com códigos enviados a esta caixa de correio. Primeiro defina uma senha ou adicione uma chave de acesso.",
            "このメールアドレスへのコードでサインインしています。先にパスワードを設定するか、パスキーを追加してください。",
            "您通过发送到此邮箱的验证码登录。请先设置密码或添加通行密钥。",
            "تسجّل الدخول برموز تُرسل إلى صندوق البريد هذا. عيّن كلمة مرور أو أضف مفتاح مرور أولًا.",
        ];
        set_up_app: [
            "Set up an authenticator app",
            "Authenticator-App einrichten",
            "Configurer une application d’authentification",
            "Configurar una aplicación de autenticación",
            "Configurar um app autenticador",
            "認証アプリを設定",
            "设置身份验证器应用",
            "إعداد تطبيق المصادقة",
        ];
        replace_app: [
            "Set up another authenticator app",
            "Andere Authenticator-App einrichten",
            "Configurer une autre application d’authentification",
            "Configurar otra aplicación de autenticación",
            "Configurar outro app autenticador",
            "別の認証アプリを設定",
            "设置其他身份验证器应用",
            "إعداد تطبيق مصادقة آخر",
        ];
        recovery_codes: [
            "Recovery codes",
            "Wiederherstellungscodes",
            "Codes de récupération",
            "Códigos de recuperación",
            "Códigos de recuperação",
            "リカバリーコード",
            "恢复代码",
            "رموز الاسترداد",
        ];
        recovery_left: [
            "{count} codes are left.",
            "Verbleibende Codes: {count}.",
            "Codes restants\u{a0}: {count}.",
            "Códigos restantes: {count}.",
            "Códigos restantes: {count}.",
            "残りのコード: {count} 個",
            "剩余 {count} 个代码。",
            "الرموز المتبقية: {count}.",
        ];
        recovery_why: [
            "Each code works once, when you do not have your device.",
            "Jeder Code funktioniert einmal, wenn Sie Ihr Gerät nicht zur Hand haben.",
            "Chaque code fonctionne une fois, lorsque vous n’avez pas votre appareil.",
            "Cada código funciona una vez, cuando no tiene su dispositivo.",
            "Cada código funciona uma vez, quando você está sem o dispositivo.",
            "デバイスが手元にないときに、各コードを 1 回だけ使用できます。",
            "当您没有设备时，每个代码可使用一次。",
            "يعمل كل رمز مرة واحدة عندما لا يكون جهازك معك.",
        ];
        renew_recovery: [
            "Make new codes",
            "Neue Codes erstellen",
            "Générer de nouveaux codes",
            "Generar códigos nuevos",
            "Gerar novos códigos",
            "新しいコードを作成",
            "生成新代码",
            "إنشاء رموز جديدة",
        ];
        remembered: [
            "Remembered browsers",
            "Gemerkte Browser",
            "Navigateurs mémorisés",
            "Navegadores recordados",
            "Navegadores lembrados",
            "記憶されたブラウザ",
            "已记住的浏览器",
            "المتصفحات المحفوظة",
        ];
        remembered_why: [
            "These browsers are not asked for the second step.",
            "In diesen Browsern wird der zweite Schritt nicht abgefragt.",
            "La deuxième étape n’est pas demandée sur ces navigateurs.",
            "En estos navegadores no se pide el segundo paso.",
            "A segunda etapa não é solicitada nesses navegadores.",
            "これらのブラウザでは 2 段階認証を求められません。",
            "这些浏览器不会要求两步验证。",
            "لا تُطلب الخطوة الثانية في هذه المتصفحات.",
        ];
        forget_browsers: [
            "Forget all of them",
            "Alle vergessen",
            "Tous les oublier",
            "Olvidarlos todos",
            "Esquecer todos",
            "すべて消去",
            "全部忘记",
            "نسيانها جميعًا",
        ];
        until: [
            "Until {time}",
            "Bis {time}",
            "Jusqu’au {time}",
            "Hasta {time}",
            "Até {time}",
            "{time} まで",
            "至 {time}",
            "حتى \u{2068}{time}\u{2069}",
        ];
        enrolment_expired: [
            "This took too long. Please start again.",
            "Das hat zu lange gedauert. Bitte beginnen Sie von vorn.",
            "L’opération a pris trop de temps. Veuillez recommencer.",
            "Tardó demasiado. Empiece de nuevo.",
            "Demorou demais. Comece novamente.",
            "時間がかかりすぎました。最初からやり直してください。",
            "操作超时。请重新开始。",
            "استغرق ذلك وقتًا طويلًا. يُرجى البدء من جديد.",
        ];

        sessions_why: [
            "Where you are signed in.",
            "Hier sind Sie angemeldet.",
            "Appareils sur lesquels vous êtes connecté.",
            "Dónde tiene la sesión iniciada.",
            "Onde você está conectado.",
            "サインインしている場所です。",
            "您已登录的位置。",
            "الأماكن التي سجّلت الدخول منها.",
        ];
        this_device: [
            "This device",
            "Dieses Gerät",
            "Cet appareil",
            "Este dispositivo",
            "Este dispositivo",
            "このデバイス",
            "此设备",
            "هذا الجهاز",
        ];
        unknown_device: [
            "Unknown device",
            "Unbekanntes Gerät",
            "Appareil inconnu",
            "Dispositivo desconocido",
            "Dispositivo desconhecido",
            "不明なデバイス",
            "未知设备",
            "جهاز غير معروف",
        ];
        last_active: [
            "Last active {time}",
            "Zuletzt aktiv: {time}",
            "Dernière activité\u{a0}: {time}",
            "Última actividad: {time}",
            "Última atividade: {time}",
            "最終アクティビティ: {time}",
            "上次活动：{time}",
            "آخر نشاط: \u{2068}{time}\u{2069}",
        ];
        end_session: [
            "Sign out {device}",
            "{device} abmelden",
            "Déconnecter {device}",
            "Cerrar la sesión en {device}",
            "Sair de {device}",
            "{device} をサインアウト",
            "退出 {device}",
            "تسجيل الخروج من \u{2068}{device}\u{2069}",
        ];
        end_others: [
            "Sign out everywhere else",
            "Überall sonst abmelden",
            "Se déconnecter partout ailleurs",
            "Cerrar sesión en los demás dispositivos",
            "Sair de todos os outros lugares",
            "ほかのすべてからサインアウト",
            "在其他所有位置退出登录",
            "تسجيل الخروج من جميع الأماكن الأخرى",
        ];

        applications_why: [
            "What you have allowed applications of others.",
            "Was Sie Anwendungen anderer Anbieter erlaubt haben.",
            "Ce que vous avez autorisé à des applications tierces.",
            "Lo que permitió a aplicaciones de terceros.",
            "O que você permitiu a aplicativos de terceiros.",
            "サードパーティ製アプリに許可した内容です。",
            "您已授予第三方应用的权限。",
            "ما سمحت به لتطبيقات الجهات الخارجية.",
        ];
        withdraw: [
            "Withdraw access of {application}",
            "Zugriff von {application} widerrufen",
            "Retirer l’accès de {application}",
            "Retirar el acceso de {application}",
            "Revogar o acesso de {application}",
            "{application} のアクセスを取り消す",
            "撤销 {application} 的访问权限",
            "إلغاء وصول \u{2068}{application}\u{2069}",
        ];

        keys_why: [
            "Programs use a key in your name. Anyone who has the key can do what it allows.",
            "Programme verwenden einen Schlüssel in Ihrem Namen. Wer ihn hat, kann alles tun, was er erlaubt.",
            "Les programmes utilisent une clé en votre nom. Toute personne qui la détient peut faire ce qu’elle permet.",
            "Los programas usan una clave en su nombre. Quien la tenga puede hacer lo que esta permita.",
            "Programas usam uma chave em seu nome. Quem a tiver pode fazer o que ela permite.",
            "プログラムはキーを使用し、お客様に代わって動作します。キーを持つ人は、キーで許可されたすべての操作を実行できます。",
            "程序以您的名义使用密钥。持有密钥的人可以执行它所允许的操作。",
            "تستخدم البرامج المفتاح باسمك. ويمكن لمن يملكه فعل كل ما يسمح به.",
        ];
        key_name: [
            "Name of the key",
            "Name des Schlüssels",
            "Nom de la clé",
            "Nombre de la clave",
            "Nome da chave",
            "キーの名前",
            "密钥名称",
            "اسم المفتاح",
        ];
        key_limits: [
            "Limits",
            "Einschränkungen",
            "Restrictions",
            "Límites",
            "Limites",
            "制限",
            "限制",
            "القيود",
        ];
        key_limits_hint: [
            "For example read:*, product:ai or model:zen. Leave it empty to allow all that you may do.",
            "Zum Beispiel read:*, product:ai oder model:zen. Lassen Sie das Feld leer, um alles zu erlauben, was Sie dürfen.",
            "Par exemple read:*, product:ai ou model:zen. Laissez vide pour autoriser tout ce que vous pouvez faire.",
            "Por ejemplo, read:*, product:ai o model:zen. Déjelo vacío para permitir todo lo que usted puede hacer.",
            "Por exemplo, read:*, product:ai ou model:zen. Deixe em branco para permitir tudo o que você pode fazer.",
            "例: read:*、product:ai、model:zen。空欄にすると、お客様に許可されているすべての操作が許可されます。",
            "例如 read:*、product:ai 或 model:zen。留空则允许您有权执行的所有操作。",
            "على سبيل المثال \u{2066}read:*\u{2069} أو product:ai أو model:zen. اتركه فارغًا للسماح بكل ما يُسمح لك به.",
        ];
        key_days: [
            "Days until it ends",
            "Gültigkeit in Tagen",
            "Durée de validité en jours",
            "Días de validez",
            "Dias de validade",
            "有効日数",
            "有效天数",
            "مدة الصلاحية بالأيام",
        ];
        key_days_hint: [
            "Leave it empty if it should not end.",
            "Lassen Sie das Feld leer, wenn der Schlüssel nicht ablaufen soll.",
            "Laissez vide si la clé ne doit pas expirer.",
            "Déjelo vacío si no debe caducar.",
            "Deixe em branco se não deve expirar.",
            "無期限にする場合は空欄にしてください。",
            "如不需要过期，请留空。",
            "اتركه فارغًا إذا كان يجب ألا تنتهي صلاحيته.",
        ];
        create_key: [
            "Create a key",
            "Schlüssel erstellen",
            "Créer une clé",
            "Crear una clave",
            "Criar uma chave",
            "キーを作成",
            "创建密钥",
            "إنشاء مفتاح",
        ];
        key_made: [
            "Your new key",
            "Ihr neuer Schlüssel",
            "Votre nouvelle clé",
            "Su clave nueva",
            "Sua nova chave",
            "新しいキー",
            "您的新密钥",
            "مفتاحك الجديد",
        ];
        key_once: [
            "Copy it now. It is not shown again.",
            "Kopieren Sie ihn jetzt. Er wird nicht noch einmal angezeigt.",
            "Copiez-la maintenant. Elle ne sera plus affichée.",
            "Cópiela ahora. No se volverá a mostrar.",
            "Copie-a agora. Ela não será exibida novamente.",
            "今すぐコピーしてください。再度表示されません。",
            "请立即复制。它不会再次显示。",
            "انسخه الآن، فلن يظهر مرة أخرى.",
        ];
        revoke: [
            "Revoke {name}",
            "{name} widerrufen",
            "Révoquer {name}",
            "Revocar {name}",
            "Revogar {name}",
            "{name} を失効させる",
            "撤销 {name}",
            "إبطال \u{2068}{name}\u{2069}",
        ];
        unlimited: [
            "No limits",
            "Keine Einschränkungen",
            "Aucune restriction",
            "Sin límites",
            "Sem limites",
            "制限なし",
            "无限制",
            "بلا قيود",
        ];
        ends: [
            "Ends {time}",
            "Läuft ab: {time}",
            "Expiration\u{a0}: {time}",
            "Caduca: {time}",
            "Expira: {time}",
            "有効期限: {time}",
            "到期时间：{time}",
            "تنتهي الصلاحية: \u{2068}{time}\u{2069}",
        ];

        activity_why: [
            "What was done with your account lately.",
            "Was zuletzt mit Ihrem Konto geschehen ist.",
            "Ce qui a été fait récemment avec votre compte.",
            "Lo que se hizo recientemente con su cuenta.",
            "O que foi feito recentemente com a sua conta.",
            "アカウントでの最近の操作です。",
            "您的账户最近的操作记录。",
            "ما جرى على حسابك مؤخرًا.",
        ];

        delete_why: [
            "Your account and everything that belongs to it are deleted for good.",
            "Ihr Konto und alles, was dazugehört, werden endgültig gelöscht.",
            "Votre compte et tout ce qui s’y rattache seront définitivement supprimés.",
            "Su cuenta y todo lo que le pertenece se eliminarán definitivamente.",
            "Sua conta e tudo o que pertence a ela serão excluídos permanentemente.",
            "アカウントと、それに関連するすべてのデータが完全に削除されます。",
            "您的账户及其所有内容将被永久删除。",
            "سيُحذف حسابك وكل ما يخصّه نهائيًا.",
        ];
        delete_confirm: [
            "Type {name} to confirm",
            "Geben Sie zur Bestätigung {name} ein",
            "Saisissez {name} pour confirmer",
            "Escriba {name} para confirmar",
            "Digite {name} para confirmar",
            "確認のため {name} と入力してください",
            "输入 {name} 以确认",
            "اكتب \u{2068}{name}\u{2069} للتأكيد",
        ];
        delete_mismatch: [
            "This is not your username.",
            "Das ist nicht Ihr Benutzername.",
            "Ce n’est pas votre nom d’utilisateur.",
            "Este no es su nombre de usuario.",
            "Este não é o seu nome de usuário.",
            "ユーザー名が一致しません。",
            "这不是您的用户名。",
            "هذا ليس اسم المستخدم الخاص بك.",
        ];
        delete_for_good: [
            "Delete for good",
            "Endgültig löschen",
            "Supprimer définitivement",
            "Eliminar definitivamente",
            "Excluir permanentemente",
            "完全に削除",
            "永久删除",
            "حذف نهائي",
        ];
        deleted: [
            "Account deleted",
            "Konto gelöscht",
            "Compte supprimé",
            "Cuenta eliminada",
            "Conta excluída",
            "アカウントを削除しました",
            "账户已删除",
            "تم حذف الحساب",
        ];
        deleted_text: [
            "Your account has been deleted. You can close this page.",
            "Ihr Konto wurde gelöscht. Sie können diese Seite schließen.",
            "Votre compte a été supprimé. Vous pouvez fermer cette page.",
            "Su cuenta se eliminó. Puede cerrar esta página.",
            "Sua conta foi excluída. Você pode fechar esta página.",
            "アカウントを削除しました。このページを閉じてかまいません。",
            "您的账户已删除。您可以关闭此页面。",
            "تم حذف حسابك. يمكنك إغلاق هذه الصفحة.",
        ];
    }
}
