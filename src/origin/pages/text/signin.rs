//! Texts of the sign-in pages.

use super::texts;

texts! {
    /// Texts of the sign-in pages.
    Signin {
        sign_in: [
            "Sign in",
            "Anmelden",
            "Se connecter",
            "Iniciar sesión",
            "Entrar",
            "サインイン",
            "登录",
            "تسجيل الدخول",
        ];
        to_continue: [
            "to continue to {application}",
            "weiter zu {application}",
            "pour continuer vers {application}",
            "para continuar en {application}",
            "para continuar em {application}",
            "{application} に進みます",
            "继续访问 {application}",
            "للمتابعة إلى \u{2068}{application}\u{2069}",
        ];
        to_your_account: [
            "to your account",
            "bei Ihrem Konto",
            "à votre compte",
            "en su cuenta",
            "na sua conta",
            "アカウントに進みます",
            "访问您的账户",
            "إلى حسابك",
        ];
        organization: [
            "Organization: {organization}",
            "Organisation: {organization}",
            "Organisation\u{a0}: {organization}",
            "Organización: {organization}",
            "Organização: {organization}",
            "組織: {organization}",
            "组织：{organization}",
            "المؤسسة: \u{2068}{organization}\u{2069}",
        ];
        organization_label: [
            "Organization",
            "Organisation",
            "Organisation",
            "Organización",
            "Organização",
            "組織",
            "组织",
            "المؤسسة",
        ];
        login: [
            "Username or email",
            "Benutzername oder E-Mail-Adresse",
            "Nom d’utilisateur ou adresse e-mail",
            "Nombre de usuario o correo electrónico",
            "Nome de usuário ou e-mail",
            "ユーザー名またはメールアドレス",
            "用户名或邮箱",
            "اسم المستخدم أو البريد الإلكتروني",
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
        show_password: [
            "Show password",
            "Passwort anzeigen",
            "Afficher le mot de passe",
            "Mostrar contraseña",
            "Mostrar senha",
            "パスワードを表示",
            "显示密码",
            "إظهار كلمة المرور",
        ];
        not_you: [
            "Use another account",
            "Anderes Konto verwenden",
            "Utiliser un autre compte",
            "Usar otra cuenta",
            "Usar outra conta",
            "別のアカウントを使用",
            "使用其他账户",
            "استخدام حساب آخر",
        ];
        or: ["or", "oder", "ou", "o", "ou", "または", "或", "أو"];
        forgot_password: [
            "Forgot your password?",
            "Passwort vergessen?",
            "Mot de passe oublié\u{a0}?",
            "¿Olvidó su contraseña?",
            "Esqueceu a senha?",
            "パスワードをお忘れですか?",
            "忘记密码？",
            "هل نسيت كلمة المرور؟",
        ];
        create_account: [
            "Create an account",
            "Konto erstellen",
            "Créer un compte",
            "Crear una cuenta",
            "Criar conta",
            "アカウントを作成",
            "创建账户",
            "إنشاء حساب",
        ];
        have_account: [
            "I have an account",
            "Ich habe bereits ein Konto",
            "J’ai déjà un compte",
            "Ya tengo una cuenta",
            "Já tenho uma conta",
            "アカウントをお持ちの方",
            "我已有账户",
            "لديّ حساب",
        ];
        with_passkey: [
            "Sign in with a passkey",
            "Mit Passkey anmelden",
            "Se connecter avec une clé d’accès",
            "Iniciar sesión con una llave de acceso",
            "Entrar com uma chave de acesso",
            "パスキーでサインイン",
            "使用通行密钥登录",
            "تسجيل الدخول باستخدام مفتاح مرور",
        ];
        with_wallet: [
            "Sign in with a wallet",
            "Mit Wallet anmelden",
            "Se connecter avec un portefeuille",
            "Iniciar sesión con una billetera",
            "Entrar com uma carteira",
            "ウォレットでサインイン",
            "使用钱包登录",
            "تسجيل الدخول باستخدام محفظة",
        ];
        with_wallet_named: [
            "Sign in with {wallet}",
            "Mit {wallet} anmelden",
            "Se connecter avec {wallet}",
            "Iniciar sesión con {wallet}",
            "Entrar com {wallet}",
            "{wallet} でサインイン",
            "使用 {wallet} 登录",
            "تسجيل الدخول باستخدام \u{2068}{wallet}\u{2069}",
        ];
        provider_failed: [
            "The sign-in could not be verified. Try again, or sign in in another way.",
            "Die Anmeldung konnte nicht überprüft werden. Versuchen Sie es erneut, oder melden Sie sich auf andere Weise an.",
            "La connexion n’a pas pu être vérifiée. Réessayez ou connectez-vous autrement.",
            "No se pudo verificar el inicio de sesión. Inténtelo de nuevo o inicie sesión de otra forma.",
            "Não foi possível verificar a entrada. Tente novamente ou entre de outra forma.",
            "サインインを確認できませんでした。もう一度試すか、別の方法でサインインしてください。",
            "无法验证此次登录。请重试，或使用其他方式登录。",
            "تعذّر التحقق من تسجيل الدخول. حاول مرة أخرى أو سجّل الدخول بطريقة أخرى.",
        ];
        provider_not_linked: [
            "No account here is linked to that sign-in. Sign in in another way and link it in your account, or ask an administrator.",
            "Hier ist kein Konto mit dieser Anmeldung verknüpft. Melden Sie sich auf andere Weise an und verknüpfen Sie sie in Ihrem Konto, oder fragen Sie einen Administrator.",
            "Aucun compte n’est associé à cette connexion. Connectez-vous autrement et associez-la dans votre compte, ou adressez-vous à un administrateur.",
            "Ninguna cuenta está vinculada a ese inicio de sesión. Inicie sesión de otra forma y vincúlelo en su cuenta, o consulte a un administrador.",
            "Nenhuma conta está vinculada a essa entrada. Entre de outra forma e vincule-a em sua conta ou fale com um administrador.",
            "このサインインにリンクされたアカウントはありません。別の方法でサインインしてアカウントでリンクするか、管理者に問い合わせてください。",
            "没有与此登录关联的账户。请使用其他方式登录并在您的账户中进行关联，或联系管理员。",
            "لا يوجد حساب مرتبط بهذا الدخول. سجّل الدخول بطريقة أخرى واربطه في حسابك، أو اسأل أحد المسؤولين.",
        ];
        provider_address_taken: [
            "An account with this email address exists already. Sign in to it in another way, and link the provider in your account.",
            "Es gibt bereits ein Konto mit dieser E-Mail-Adresse. Melden Sie sich dort auf andere Weise an und verknüpfen Sie den Anbieter in Ihrem Konto.",
            "Un compte existe déjà avec cette adresse e-mail. Connectez-vous-y autrement et associez le fournisseur dans votre compte.",
            "Ya existe una cuenta con este correo electrónico. Inicie sesión en ella de otra forma y vincule el proveedor en su cuenta.",
            "Já existe uma conta com este e-mail. Entre nela de outra forma e vincule o provedor em sua conta.",
            "このメールアドレスのアカウントは既に存在します。別の方法でサインインし、アカウントでプロバイダーをリンクしてください。",
            "已有账户使用此邮箱。请使用其他方式登录该账户，并在账户中关联此提供方。",
            "يوجد حساب بهذا البريد الإلكتروني بالفعل. سجّل الدخول إليه بطريقة أخرى واربط المزوّد في حسابك.",
        ];
        provider_not_enough: [
            "This sign-in is not enough for your account. Sign in in another way.",
            "Diese Anmeldung reicht für Ihr Konto nicht aus. Melden Sie sich auf andere Weise an.",
            "Cette connexion ne suffit pas pour votre compte. Connectez-vous autrement.",
            "Este inicio de sesión no es suficiente para su cuenta. Inicie sesión de otra forma.",
            "Esta entrada não é suficiente para sua conta. Entre de outra forma.",
            "このサインインではアカウントに十分な権限を確認できません。別の方法でサインインしてください。",
            "此登录方式不足以登录您的账户。请使用其他方式登录。",
            "هذا الدخول لا يكفي لحسابك. سجّل الدخول بطريقة أخرى.",
        ];
        wallet_cancelled: [
            "The wallet did not sign. Try again, or sign in another way.",
            "Die Wallet hat nicht signiert. Versuchen Sie es erneut, oder melden Sie sich auf andere Weise an.",
            "Le portefeuille n’a pas signé. Réessayez ou connectez-vous autrement.",
            "La billetera no firmó. Inténtelo de nuevo o inicie sesión de otra forma.",
            "A carteira não assinou. Tente novamente ou entre de outra forma.",
            "ウォレットで署名されませんでした。もう一度試すか、別の方法でサインインしてください。",
            "钱包未签名。请重试，或使用其他方式登录。",
            "لم توقّع المحفظة. حاول مرة أخرى أو سجّل الدخول بطريقة أخرى.",
        ];
        wallet_failed: [
            "The wallet could not be used. Try again, or sign in another way.",
            "Die Wallet konnte nicht verwendet werden. Versuchen Sie es erneut, oder melden Sie sich auf andere Weise an.",
            "Impossible d’utiliser le portefeuille. Réessayez ou connectez-vous autrement.",
            "No se pudo usar la billetera. Inténtelo de nuevo o inicie sesión de otra forma.",
            "Não foi possível usar a carteira. Tente novamente ou entre de outra forma.",
            "ウォレットを使用できませんでした。もう一度試すか、別の方法でサインインしてください。",
            "无法使用钱包。请重试，或使用其他方式登录。",
            "تعذّر استخدام المحفظة. حاول مرة أخرى أو سجّل الدخول بطريقة أخرى.",
        ];
        wallet_wrong: [
            "The wallet could not be verified, or it belongs to no account.",
            "Die Wallet konnte nicht überprüft werden, oder sie gehört zu keinem Konto.",
            "Le portefeuille n’a pas pu être vérifié ou n’est associé à aucun compte.",
            "No se pudo verificar la billetera o no pertenece a ninguna cuenta.",
            "Não foi possível verificar a carteira ou ela não pertence a nenhuma conta.",
            "ウォレットを確認できないか、どのアカウントにも関連付けられていません。",
            "无法验证该钱包，或它未关联任何账户。",
            "تعذّر التحقق من المحفظة، أو أنها غير مرتبطة بأي حساب.",
        ];
        with_code: [
            "Send me a code",
            "Code senden",
            "Recevoir un code",
            "Recibir un código",
            "Receber um código",
            "コードを受け取る",
            "获取验证码",
            "إرسال رمز إليّ",
        ];
        with_password: [
            "Sign in with a password",
            "Mit Passwort anmelden",
            "Se connecter avec un mot de passe",
            "Iniciar sesión con una contraseña",
            "Entrar com uma senha",
            "パスワードでサインイン",
            "使用密码登录",
            "تسجيل الدخول باستخدام كلمة المرور",
        ];
        no_method: [
            "{application} offers no way to sign in here.",
            "{application} bietet hier keine Möglichkeit zur Anmeldung.",
            "{application} ne propose aucun moyen de connexion ici.",
            "{application} no ofrece aquí ninguna forma de iniciar sesión.",
            "{application} não oferece nenhuma forma de entrar aqui.",
            "{application} では、ここで使用できるサインイン方法がありません。",
            "{application} 在此处未提供任何登录方式。",
            "لا يوفّر \u{2068}{application}\u{2069} أي طريقة لتسجيل الدخول هنا.",
        ];
        wrong: [
            "The username or password is wrong.",
            "Benutzername oder Passwort ist falsch.",
            "Nom d’utilisateur ou mot de passe incorrect.",
            "El nombre de usuario o la contraseña no son correctos.",
            "Nome de usuário ou senha incorretos.",
            "ユーザー名またはパスワードが正しくありません。",
            "用户名或密码错误。",
            "اسم المستخدم أو كلمة المرور غير صحيحة.",
        ];
        locked: [
            "Too many wrong attempts. Sign-in is locked for 15 minutes; please try again later.",
            "Zu viele Fehlversuche. Die Anmeldung ist für 15 Minuten gesperrt. Bitte versuchen Sie es später erneut.",
            "Trop de tentatives incorrectes. La connexion est bloquée pendant 15 minutes. Veuillez réessayer plus tard.",
            "Demasiados intentos incorrectos. El inicio de sesión está bloqueado durante 15 minutos. Inténtelo más tarde.",
            "Muitas tentativas incorretas. O acesso está bloqueado por 15 minutos. Tente mais tarde.",
            "試行回数が上限に達しました。サインインは 15 分間ロックされます。しばらくしてからもう一度お試しください。",
            "错误次数过多，登录已锁定 15 分钟。请稍后重试。",
            "محاولات خاطئة كثيرة جدًا. تم قفل تسجيل الدخول لمدة 15 دقيقة. يُرجى المحاولة لاحقًا.",
        ];
        rate_limited: [
            "Too many sign-in attempts from this network. Please try again in 10 minutes.",
            "Zu viele Anmeldeversuche aus diesem Netzwerk. Bitte versuchen Sie es in 10 Minuten erneut.",
            "Trop de tentatives de connexion depuis ce réseau. Veuillez réessayer dans 10 minutes.",
            "Demasiados intentos de inicio de sesión desde esta red. Inténtelo de nuevo en 10 minutos.",
            "Muitas tentativas de acesso a partir desta rede. Tente novamente em 10 minutos.",
            "このネットワークからのサインイン試行回数が多すぎます。10 分後にもう一度お試しください。",
            "此网络的登录尝试次数过多。请在 10 分钟后重试。",
            "محاولات تسجيل دخول كثيرة جدًا من هذه الشبكة. يُرجى المحاولة مرة أخرى بعد 10 دقائق.",
        ];
        disabled: [
            "The account is disabled.",
            "Das Konto ist deaktiviert.",
            "Ce compte est désactivé.",
            "La cuenta está deshabilitada.",
            "A conta está desativada.",
            "このアカウントは無効になっています。",
            "此账户已停用。",
            "هذا الحساب معطَّل.",
        ];
        malformed_password: [
            "A password has at most 128 bytes, and is not empty.",
            "Ein Passwort darf nicht leer sein und höchstens 128 Byte haben.",
            "Un mot de passe ne peut pas être vide ni dépasser 128 octets.",
            "La contraseña no puede estar vacía ni superar los 128 bytes.",
            "A senha não pode estar vazia nem ter mais de 128 bytes.",
            "パスワードは空にできません。また、128 バイト以内にしてください。",
            "密码不能为空，且不得超过 128 字节。",
            "لا يمكن أن تكون كلمة المرور فارغة أو أن تتجاوز 128 بايت.",
        ];
        not_admitted: [
            "This account may not use this application.",
            "Dieses Konto darf diese Anwendung nicht verwenden.",
            "Ce compte n’est pas autorisé à utiliser cette application.",
            "Esta cuenta no puede usar esta aplicación.",
            "Esta conta não pode usar este aplicativo.",
            "このアカウントではこのアプリを使用できません。",
            "此账户无权使用该应用。",
            "لا يُسمح لهذا الحساب باستخدام هذا التطبيق.",
        ];
        other_account: [
            "The application asked for another account. Please sign in with that one.",
            "Die Anwendung hat ein anderes Konto angefordert. Bitte melden Sie sich mit diesem an.",
            "L’application a demandé un autre compte. Veuillez vous connecter avec celui-ci.",
            "La aplicación solicitó otra cuenta. Inicie sesión con ella.",
            "O aplicativo solicitou outra conta. Entre com ela.",
            "アプリは別のアカウントを要求しています。そのアカウントでサインインしてください。",
            "该应用要求使用其他账户。请使用该账户登录。",
            "طلب التطبيق حسابًا آخر. يُرجى تسجيل الدخول بذلك الحساب.",
        ];
        sign_in_again: [
            "Please sign in again to allow this.",
            "Bitte melden Sie sich erneut an, um dies zuzulassen.",
            "Veuillez vous reconnecter pour autoriser cette action.",
            "Vuelva a iniciar sesión para permitirlo.",
            "Entre novamente para permitir isto.",
            "これを許可するには、もう一度サインインしてください。",
            "请重新登录以允许此操作。",
            "يُرجى تسجيل الدخول مرة أخرى للسماح بذلك.",
        ];
        unmet: [
            "The application demands a sign-in that is stronger than your account allows.",
            "Die Anwendung verlangt eine stärkere Anmeldung, als Ihr Konto zulässt.",
            "L’application exige une connexion plus sûre que celle que permet votre compte.",
            "La aplicación exige un inicio de sesión más seguro que el que permite su cuenta.",
            "O aplicativo exige um acesso mais seguro do que a sua conta permite.",
            "アプリが要求するサインインの強度を、このアカウントでは満たせません。",
            "该应用要求的登录强度高于您的账户所能提供的。",
            "يتطلب التطبيق تسجيل دخول أقوى مما يتيحه حسابك.",
        ];
        start_again: [
            "This sign-in has expired. Please start again.",
            "Diese Anmeldung ist abgelaufen. Bitte beginnen Sie von vorn.",
            "Cette connexion a expiré. Veuillez recommencer.",
            "Este inicio de sesión caducó. Empiece de nuevo.",
            "Este acesso expirou. Comece novamente.",
            "サインインの有効期限が切れました。最初からやり直してください。",
            "此次登录已过期。请重新开始。",
            "انتهت صلاحية تسجيل الدخول هذا. يُرجى البدء من جديد.",
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
        address_wrong: [
            "This is not an email address that messages can be sent to.",
            "An diese E-Mail-Adresse können keine Nachrichten gesendet werden.",
            "Cette adresse e-mail ne peut pas recevoir de messages.",
            "No se pueden enviar mensajes a esta dirección de correo.",
            "Não é possível enviar mensagens para este endereço de e-mail.",
            "このメールアドレスには送信できません。",
            "无法向此电子邮件地址发送邮件。",
            "لا يمكن إرسال رسائل إلى عنوان البريد الإلكتروني هذا.",
        ];
        signup_why: [
            "We send a code to your address first.",
            "Wir senden zuerst einen Code an Ihre Adresse.",
            "Nous envoyons d’abord un code à votre adresse.",
            "Primero le enviaremos un código a su dirección.",
            "Primeiro, enviaremos um código para o seu endereço.",
            "まず、メールアドレスにコードを送信します。",
            "我们会先向您的邮箱发送验证码。",
            "سنرسل أولًا رمزًا إلى عنوانك.",
        ];
        your_name: [
            "Your name",
            "Ihr Name",
            "Votre nom",
            "Su nombre",
            "Seu nome",
            "名前",
            "您的姓名",
            "اسمك",
        ];
        username_optional: [
            "Username (optional)",
            "Benutzername (optional)",
            "Nom d’utilisateur (facultatif)",
            "Nombre de usuario (opcional)",
            "Nome de usuário (opcional)",
            "ユーザー名 (任意)",
            "用户名（选填）",
            "اسم المستخدم (اختياري)",
        ];
        username_taken: [
            "Another account has this username. Please choose another one.",
            "Dieser Benutzername ist bereits vergeben. Bitte wählen Sie einen anderen.",
            "Ce nom d’utilisateur est déjà pris. Veuillez en choisir un autre.",
            "Este nombre de usuario ya está en uso. Elija otro.",
            "Este nome de usuário já está em uso. Escolha outro.",
            "このユーザー名はすでに使用されています。別のユーザー名を選択してください。",
            "此用户名已被使用。请选择其他用户名。",
            "اسم المستخدم هذا مستخدَم بالفعل. يُرجى اختيار اسم آخر.",
        ];
        invitation: [
            "Invitation code",
            "Einladungscode",
            "Code d’invitation",
            "Código de invitación",
            "Código de convite",
            "招待コード",
            "邀请码",
            "رمز الدعوة",
        ];
        invitation_wrong: [
            "The invitation is unknown, or cannot be used any longer.",
            "Die Einladung ist unbekannt oder nicht mehr gültig.",
            "Cette invitation est inconnue ou n’est plus valable.",
            "La invitación no existe o ya no es válida.",
            "O convite é desconhecido ou não é mais válido.",
            "招待が無効か、使用できなくなっています。",
            "邀请未知或已无法使用。",
            "الدعوة غير معروفة أو لم تعد صالحة.",
        ];
        accept_terms: [
            "I accept the {terms}.",
            "Ich akzeptiere die {terms}.",
            "J’accepte les {terms}.",
            "Acepto los {terms}.",
            "Aceito os {terms}.",
            "{terms}に同意します。",
            "我接受{terms}。",
            "أوافق على \u{2068}{terms}\u{2069}.",
        ];
        terms: [
            "terms of use",
            "Nutzungsbedingungen",
            "conditions d’utilisation",
            "términos de uso",
            "termos de uso",
            "利用規約",
            "使用条款",
            "شروط الاستخدام",
        ];
        terms_needed: [
            "Please accept the terms of use.",
            "Bitte akzeptieren Sie die Nutzungsbedingungen.",
            "Veuillez accepter les conditions d’utilisation.",
            "Acepte los términos de uso.",
            "Aceite os termos de uso.",
            "利用規約に同意してください。",
            "请接受使用条款。",
            "يُرجى الموافقة على شروط الاستخدام.",
        ];
        signup_full: [
            "The organization takes no more accounts at present.",
            "Die Organisation nimmt derzeit keine weiteren Konten auf.",
            "L’organisation n’accepte plus de nouveaux comptes pour le moment.",
            "La organización no admite más cuentas por ahora.",
            "A organização não aceita mais contas no momento.",
            "この組織では現在、新しいアカウントを受け付けていません。",
            "该组织目前不再接受新账户。",
            "لا تقبل المؤسسة مزيدًا من الحسابات في الوقت الحالي.",
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
        password_rules: [
            "At least 8 characters. A few words that do not belong together are best.",
            "Mindestens 8 Zeichen. Am besten sind einige Wörter, die nicht zusammengehören.",
            "Au moins 8 caractères. Idéalement, quelques mots sans rapport entre eux.",
            "Al menos 8 caracteres. Lo mejor son varias palabras sin relación entre sí.",
            "Pelo menos 8 caracteres. O ideal são algumas palavras sem relação entre si.",
            "8 文字以上。関連のない単語をいくつか組み合わせると安全です。",
            "至少 8 个字符。最好使用几个互不相关的词。",
            "8 أحرف على الأقل. يُفضَّل استخدام عدة كلمات لا رابط بينها.",
        ];
        forgot_title: [
            "Choose a new password",
            "Neues Passwort wählen",
            "Choisissez un nouveau mot de passe",
            "Elija una contraseña nueva",
            "Escolha uma nova senha",
            "新しいパスワードを設定",
            "设置新密码",
            "اختيار كلمة مرور جديدة",
        ];
        forgot_why: [
            "We send a code to the verified address of your account.",
            "Wir senden einen Code an die bestätigte Adresse Ihres Kontos.",
            "Nous envoyons un code à l’adresse vérifiée de votre compte.",
            "Enviaremos un código a la dirección verificada de su cuenta.",
            "Enviaremos um código para o endereço verificado da sua conta.",
            "アカウントの確認済みのアドレスにコードを送信します。",
            "我们会向您账户的已验证地址发送验证码。",
            "سنرسل رمزًا إلى العنوان الموثَّق لحسابك.",
        ];
        choose_password: [
            "Choose a new password",
            "Neues Passwort wählen",
            "Choisissez un nouveau mot de passe",
            "Elija una contraseña nueva",
            "Escolha uma nova senha",
            "新しいパスワードを設定",
            "设置新密码",
            "اختيار كلمة مرور جديدة",
        ];
        save_password: [
            "Save the password",
            "Passwort speichern",
            "Enregistrer le mot de passe",
            "Guardar la contraseña",
            "Salvar a senha",
            "パスワードを保存",
            "保存密码",
            "حفظ كلمة المرور",
        ];
        password_changed: [
            "Your password was changed. Please sign in with it.",
            "Ihr Passwort wurde geändert. Bitte melden Sie sich damit an.",
            "Votre mot de passe a été modifié. Veuillez vous connecter avec celui-ci.",
            "Su contraseña cambió. Inicie sesión con ella.",
            "Sua senha foi alterada. Entre com ela.",
            "パスワードを変更しました。新しいパスワードでサインインしてください。",
            "您的密码已更改。请使用新密码登录。",
            "تم تغيير كلمة المرور. يُرجى تسجيل الدخول بها.",
        ];

        second_title: [
            "Confirm that it is you",
            "Bestätigen Sie Ihre Identität",
            "Confirmez votre identité",
            "Confirme su identidad",
            "Confirme sua identidade",
            "本人確認",
            "确认您的身份",
            "تأكيد هويتك",
        ];
        second_for: [
            "Signing in as {person}.",
            "Anmeldung als {person}.",
            "Connexion en tant que {person}.",
            "Iniciando sesión como {person}.",
            "Entrando como {person}.",
            "{person} としてサインインしています。",
            "正在以 {person} 的身份登录。",
            "جارٍ تسجيل الدخول باسم \u{2068}{person}\u{2069}.",
        ];
        email_code: [
            "Code by email",
            "Code per E-Mail",
            "Code par e-mail",
            "Código por correo electrónico",
            "Código por e-mail",
            "メールで届くコード",
            "邮件验证码",
            "رمز عبر البريد الإلكتروني",
        ];
        sms_code: [
            "Code by text message",
            "Code per SMS",
            "Code par SMS",
            "Código por SMS",
            "Código por SMS",
            "SMS で届くコード",
            "短信验证码",
            "رمز عبر رسالة نصية",
        ];
        with_provider: [
            "Identity provider",
            "Identitätsanbieter",
            "Fournisseur d’identité",
            "Proveedor de identidad",
            "Provedor de identidade",
            "ID プロバイダ",
            "身份提供商",
            "موفّر الهوية",
        ];
        totp: [
            "Authenticator app",
            "Authenticator-App",
            "Application d’authentification",
            "Aplicación de autenticación",
            "App autenticador",
            "認証アプリ",
            "身份验证器应用",
            "تطبيق المصادقة",
        ];
        totp_hint: [
            "Enter the six digits that your authenticator app shows.",
            "Geben Sie den sechsstelligen Code aus Ihrer Authenticator-App ein.",
            "Saisissez le code à six chiffres affiché par votre application d’authentification.",
            "Introduzca el código de seis dígitos que muestra su aplicación de autenticación.",
            "Digite o código de seis dígitos exibido no app autenticador.",
            "認証アプリに表示されている 6 桁のコードを入力してください。",
            "请输入身份验证器应用中显示的六位数字。",
            "أدخل الأرقام الستة الظاهرة في تطبيق المصادقة.",
        ];
        code_label: ["Code", "Code", "Code", "Código", "Código", "コード", "验证码", "الرمز"];
        recovery: [
            "Recovery code",
            "Wiederherstellungscode",
            "Code de récupération",
            "Código de recuperación",
            "Código de recuperação",
            "リカバリーコード",
            "恢复代码",
            "رمز الاسترداد",
        ];
        recovery_hint: [
            "Enter one of the recovery codes that you saved. Each works once.",
            "Geben Sie einen Ihrer gespeicherten Wiederherstellungscodes ein. Jeder funktioniert nur einmal.",
            "Saisissez l’un des codes de récupération que vous avez conservés. Chacun n’est utilisable qu’une fois.",
            "Introduzca uno de los códigos de recuperación que guardó. Cada uno funciona una sola vez.",
            "Digite um dos códigos de recuperação que você salvou. Cada um funciona apenas uma vez.",
            "保存しておいたリカバリーコードを 1 つ入力してください。各コードは 1 回だけ使用できます。",
            "请输入您保存的一个恢复代码。每个代码只能使用一次。",
            "أدخل أحد رموز الاسترداد التي حفظتها. يعمل كل رمز مرة واحدة فقط.",
        ];
        use_passkey: [
            "Use a passkey",
            "Passkey verwenden",
            "Utiliser une clé d’accès",
            "Usar una llave de acceso",
            "Usar uma chave de acesso",
            "パスキーを使用",
            "使用通行密钥",
            "استخدام مفتاح مرور",
        ];
        passkey_hint: [
            "Your device asks for your fingerprint, face or PIN, or for your security key.",
            "Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN oder nach Ihrem Sicherheitsschlüssel.",
            "Votre appareil vous demande votre empreinte digitale, votre visage ou votre code PIN, ou bien votre clé de sécurité.",
            "Su dispositivo le pedirá la huella dactilar, el rostro o el PIN, o bien su llave de seguridad.",
            "O dispositivo pede sua impressão digital, seu rosto ou PIN, ou sua chave de segurança.",
            "デバイスで指紋、顔認証、PIN、またはセキュリティキーの使用を求められます。",
            "您的设备会要求验证指纹、面容或 PIN，或使用安全密钥。",
            "سيطلب جهازك بصمة إصبعك أو وجهك أو رقم التعريف الشخصي، أو مفتاح الأمان.",
        ];
        passkey_wrong: [
            "The passkey could not be verified. Please try again, or choose another way.",
            "Der Passkey konnte nicht überprüft werden. Versuchen Sie es erneut, oder wählen Sie eine andere Möglichkeit.",
            "La clé d’accès n’a pas pu être vérifiée. Réessayez ou choisissez un autre moyen.",
            "No se pudo verificar la llave de acceso. Inténtelo de nuevo o elija otra forma.",
            "Não foi possível verificar a chave de acesso. Tente novamente ou escolha outra forma.",
            "パスキーを確認できませんでした。もう一度試すか、別の方法を選択してください。",
            "无法验证通行密钥。请重试，或选择其他方式。",
            "تعذّر التحقق من مفتاح المرور. حاول مرة أخرى أو اختر طريقة أخرى.",
        ];
        passkey_cancelled: [
            "The passkey was not used: it was cancelled, or took too long. You can try again.",
            "Der Passkey wurde nicht verwendet: Der Vorgang wurde abgebrochen oder dauerte zu lange. Sie können es erneut versuchen.",
            "La clé d’accès n’a pas été utilisée\u{a0}: l’opération a été annulée ou a pris trop de temps. Vous pouvez réessayer.",
            "No se usó la llave de acceso: se canceló o tardó demasiado. Puede intentarlo de nuevo.",
            "A chave de acesso não foi usada: a operação foi cancelada ou demorou demais. Você pode tentar novamente.",
            "パスキーは使用されませんでした。キャンセルされたか、時間がかかりすぎました。もう一度お試しください。",
            "未使用通行密钥：操作已取消或超时。您可以重试。",
            "لم يُستخدم مفتاح المرور: أُلغيت العملية أو استغرقت وقتًا طويلًا. يمكنك المحاولة مرة أخرى.",
        ];
        passkey_exists: [
            "This device has a passkey for your account already.",
            "Dieses Gerät hat bereits einen Passkey für Ihr Konto.",
            "Cet appareil possède déjà une clé d’accès pour votre compte.",
            "Este dispositivo ya tiene una llave de acceso para su cuenta.",
            "Este dispositivo já tem uma chave de acesso para a sua conta.",
            "このデバイスには、アカウントのパスキーがすでにあります。",
            "此设备已有您账户的通行密钥。",
            "يحتوي هذا الجهاز بالفعل على مفتاح مرور لحسابك.",
        ];
        passkey_failed: [
            "This browser could not use a passkey here.",
            "Dieser Browser konnte hier keinen Passkey verwenden.",
            "Ce navigateur n’a pas pu utiliser de clé d’accès ici.",
            "Este navegador no pudo usar una llave de acceso aquí.",
            "Este navegador não conseguiu usar uma chave de acesso aqui.",
            "このブラウザでは、ここでパスキーを使用できませんでした。",
            "此浏览器无法在此使用通行密钥。",
            "تعذّر على هذا المتصفح استخدام مفتاح مرور هنا.",
        ];
        passkey_needs_script: [
            "Passkeys need JavaScript and a browser that supports them. Please choose another way.",
            "Passkeys benötigen JavaScript und einen Browser, der sie unterstützt. Bitte wählen Sie eine andere Möglichkeit.",
            "Les clés d’accès nécessitent JavaScript et un navigateur compatible. Veuillez choisir un autre moyen.",
            "Las llaves de acceso requieren JavaScript y un navegador compatible. Elija otra forma.",
            "As chaves de acesso exigem JavaScript e um navegador compatível. Escolha outra forma.",
            "パスキーには JavaScript と対応ブラウザが必要です。別の方法を選択してください。",
            "通行密钥需要 JavaScript 和支持它的浏览器。请选择其他方式。",
            "تتطلب مفاتيح المرور تفعيل JavaScript ومتصفحًا يدعمها. يُرجى اختيار طريقة أخرى.",
        ];
        passkey_most: [
            "Your account has as many passkeys as it can have. Please remove one first.",
            "Ihr Konto hat bereits die Höchstzahl an Passkeys. Bitte entfernen Sie zuerst einen.",
            "Votre compte a atteint le nombre maximal de clés d’accès. Veuillez d’abord en supprimer une.",
            "Su cuenta ya tiene el máximo de llaves de acceso. Elimine una primero.",
            "Sua conta já tem o número máximo de chaves de acesso. Remova uma primeiro.",
            "パスキーの登録数が上限に達しています。先に 1 つ削除してください。",
            "您的账户的通行密钥数量已达上限。请先移除一个。",
            "بلغ حسابك الحد الأقصى من مفاتيح المرور. يُرجى إزالة أحدها أولًا.",
        ];
        other_ways: [
            "Other ways",
            "Andere Möglichkeiten",
            "Autres moyens",
            "Otras formas",
            "Outras formas",
            "別の方法",
            "其他方式",
            "طرق أخرى",
        ];
        remember_browser: [
            "Do not ask again in this browser for {days} days",
            "In diesem Browser {days} Tage lang nicht mehr fragen",
            "Ne plus demander sur ce navigateur pendant {days} jours",
            "No volver a preguntar en este navegador durante {days} días",
            "Não perguntar novamente neste navegador por {days} dias",
            "このブラウザでは {days} 日間確認しない",
            "{days} 天内在此浏览器上不再询问",
            "عدم السؤال مرة أخرى في هذا المتصفح لعدد {days} من الأيام",
        ];
        verify: [
            "Verify",
            "Bestätigen",
            "Valider",
            "Verificar",
            "Verificar",
            "確認",
            "验证",
            "تحقُّق",
        ];
        sign_in_instead: [
            "Sign in again",
            "Erneut anmelden",
            "Se reconnecter",
            "Iniciar sesión de nuevo",
            "Entrar novamente",
            "もう一度サインイン",
            "重新登录",
            "تسجيل الدخول مرة أخرى",
        ];
        code_wrong: [
            "The code is wrong or has been used already.",
            "Der Code ist falsch oder wurde bereits verwendet.",
            "Le code est incorrect ou a déjà été utilisé.",
            "El código no es correcto o ya se usó.",
            "O código está incorreto ou já foi usado.",
            "コードが正しくないか、すでに使用されています。",
            "验证码错误或已使用。",
            "الرمز غير صحيح أو سبق استخدامه.",
        ];
        next: ["Next", "Weiter", "Suivant", "Siguiente", "Avançar", "次へ", "下一步", "التالي"];
        code_title: [
            "Enter the code",
            "Code eingeben",
            "Saisissez le code",
            "Introduzca el código",
            "Digite o código",
            "コードを入力",
            "输入验证码",
            "إدخال الرمز",
        ];
        code_ended: [
            "The code has expired. Please ask for another one.",
            "Der Code ist abgelaufen. Bitte fordern Sie einen neuen an.",
            "Ce code a expiré. Veuillez en demander un autre.",
            "El código caducó. Solicite otro.",
            "O código expirou. Solicite outro.",
            "コードの有効期限が切れました。新しいコードをリクエストしてください。",
            "验证码已过期。请重新获取。",
            "انتهت صلاحية الرمز. يُرجى طلب رمز آخر.",
        ];
        code_too_many: [
            "A code was sent a moment ago, or too many were sent today. Please wait before you ask for another one.",
            "Es wurde gerade erst ein Code gesendet, oder heute waren es zu viele. Bitte warten Sie, bevor Sie einen neuen anfordern.",
            "Un code vient d’être envoyé, ou trop de codes ont été envoyés aujourd’hui. Veuillez patienter avant d’en demander un autre.",
            "Se acaba de enviar un código o hoy se enviaron demasiados. Espere antes de solicitar otro.",
            "Um código acabou de ser enviado ou muitos foram enviados hoje. Aguarde antes de solicitar outro.",
            "コードを送信したばかりか、本日の送信回数が多すぎます。しばらくしてから再度リクエストしてください。",
            "刚刚已发送过验证码，或今天发送次数过多。请稍后再获取。",
            "أُرسل رمز قبل قليل، أو أُرسلت رموز كثيرة جدًا اليوم. يُرجى الانتظار قبل طلب رمز آخر.",
        ];
        code_link: [
            "Sign in with the code of this message in this browser.",
            "Melden Sie sich in diesem Browser mit dem Code aus der Nachricht an.",
            "Connectez-vous sur ce navigateur avec le code de ce message.",
            "Inicie sesión en este navegador con el código del mensaje.",
            "Entre neste navegador com o código da mensagem.",
            "メッセージのコードを使用して、このブラウザでサインインします。",
            "在此浏览器中使用邮件中的验证码登录。",
            "سجّل الدخول في هذا المتصفح باستخدام الرمز الوارد في الرسالة.",
        ];
        code_elsewhere: [
            "Enter this code in the browser where you asked for it.",
            "Geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben.",
            "Saisissez ce code dans le navigateur où vous l’avez demandé.",
            "Introduzca este código en el navegador en el que lo solicitó.",
            "Digite este código no navegador em que você o solicitou.",
            "コードをリクエストしたブラウザで、このコードを入力してください。",
            "请在您获取验证码的浏览器中输入此验证码。",
            "أدخل هذا الرمز في المتصفح الذي طلبته منه.",
        ];
        code_sent: [
            "If the address belongs to an account, a code is on its way to it.",
            "Wenn die Adresse zu einem Konto gehört, ist ein Code dorthin unterwegs.",
            "Si cette adresse correspond à un compte, un code vient d’y être envoyé.",
            "Si la dirección pertenece a una cuenta, le llegará un código.",
            "Se o endereço pertencer a uma conta, um código será enviado para ele.",
            "このアドレスがアカウントに登録されている場合、コードが送信されます。",
            "如果该地址属于某个账户，验证码将发送到该地址。",
            "إذا كان العنوان تابعًا لأحد الحسابات، فسيصل إليه رمز.",
        ];
        code_sent_to: [
            "A code is on its way to {address}.",
            "Ein Code ist unterwegs an {address}.",
            "Un code vient d’être envoyé à {address}.",
            "Se está enviando un código a {address}.",
            "Um código foi enviado para {address}.",
            "{address} にコードを送信しました。",
            "验证码已发送至 {address}。",
            "أُرسل رمز إلى \u{2068}{address}\u{2069}.",
        ];
        send_again: [
            "Send another code",
            "Neuen Code senden",
            "Envoyer un autre code",
            "Enviar otro código",
            "Enviar outro código",
            "コードを再送信",
            "重新发送验证码",
            "إرسال رمز آخر",
        ];

        enrol_title: [
            "Protect your account",
            "Schützen Sie Ihr Konto",
            "Protégez votre compte",
            "Proteja su cuenta",
            "Proteja sua conta",
            "アカウントを保護",
            "保护您的账户",
            "حماية حسابك",
        ];
        enrol_why: [
            "{organization} asks for a second step when you sign in.",
            "{organization} verlangt bei der Anmeldung einen zweiten Schritt.",
            "{organization} demande une deuxième étape lors de la connexion.",
            "{organization} pide un segundo paso al iniciar sesión.",
            "{organization} pede uma segunda etapa ao entrar.",
            "{organization} では、サインイン時に 2 段階認証が必要です。",
            "{organization} 要求登录时进行两步验证。",
            "تطلب \u{2068}{organization}\u{2069} خطوة ثانية عند تسجيل الدخول.",
        ];
        enrol_app: [
            "Use an authenticator app",
            "Authenticator-App verwenden",
            "Utiliser une application d’authentification",
            "Usar una aplicación de autenticación",
            "Usar um app autenticador",
            "認証アプリを使用",
            "使用身份验证器应用",
            "استخدام تطبيق المصادقة",
        ];
        enrol_scan: [
            "Scan this code with an authenticator app, or enter the key by hand. Then enter the six digits that it shows.",
            "Scannen Sie diesen Code mit einer Authenticator-App, oder geben Sie den Schlüssel von Hand ein. Geben Sie dann den sechsstelligen Code ein, den die App anzeigt.",
            "Scannez ce code avec une application d’authentification ou saisissez la clé à la main. Saisissez ensuite le code à six chiffres affiché.",
            "Escanee este código con una aplicación de autenticación o introduzca la clave a mano. Después, introduzca los seis dígitos que muestra.",
            "Escaneie este código com um app autenticador ou digite a chave manualmente. Depois, digite os seis dígitos exibidos.",
            "認証アプリでこのコードをスキャンするか、キーを手動で入力してください。次に、表示された 6 桁のコードを入力してください。",
            "使用身份验证器应用扫描此二维码，或手动输入密钥。然后输入应用显示的六位数字。",
            "امسح هذا الرمز ضوئيًا باستخدام تطبيق المصادقة، أو أدخل المفتاح يدويًا. ثم أدخل الأرقام الستة التي تظهر.",
        ];
        enrol_key: ["Key", "Schlüssel", "Clé", "Clave", "Chave", "キー", "密钥", "المفتاح"];
        enrol_passkey: [
            "Create a passkey",
            "Passkey erstellen",
            "Créer une clé d’accès",
            "Crear una llave de acceso",
            "Criar uma chave de acesso",
            "パスキーを作成",
            "创建通行密钥",
            "إنشاء مفتاح مرور",
        ];
        enrol_passkey_why: [
            "A passkey is kept by your device or security key, and works only on this site.",
            "Ein Passkey wird auf Ihrem Gerät oder Sicherheitsschlüssel gespeichert und funktioniert nur auf dieser Website.",
            "Une clé d’accès est conservée par votre appareil ou votre clé de sécurité et ne fonctionne que sur ce site.",
            "Una llave de acceso se guarda en su dispositivo o llave de seguridad y solo funciona en este sitio.",
            "Uma chave de acesso fica guardada no seu dispositivo ou chave de segurança e só funciona neste site.",
            "パスキーはデバイスまたはセキュリティキーに保存され、このサイトでのみ使用できます。",
            "通行密钥保存在您的设备或安全密钥中，且仅适用于本网站。",
            "يُحفظ مفتاح المرور في جهازك أو مفتاح الأمان، ولا يعمل إلا على هذا الموقع.",
        ];
        enrol_email: [
            "Get codes by email",
            "Codes per E-Mail erhalten",
            "Recevoir les codes par e-mail",
            "Recibir códigos por correo",
            "Receber códigos por e-mail",
            "メールでコードを受け取る",
            "通过邮件接收验证码",
            "تلقي الرموز عبر البريد الإلكتروني",
        ];
        enrol_sms: [
            "Get codes by text message",
            "Codes per SMS erhalten",
            "Recevoir les codes par SMS",
            "Recibir códigos por SMS",
            "Receber códigos por SMS",
            "SMS でコードを受け取る",
            "通过短信接收验证码",
            "تلقي الرموز عبر رسالة نصية",
        ];
        enrol_address: [
            "Codes go to {address}.",
            "Codes gehen an {address}.",
            "Les codes sont envoyés à {address}.",
            "Los códigos se envían a {address}.",
            "Os códigos são enviados para {address}.",
            "コードは {address} に送信されます。",
            "验证码将发送至 {address}。",
            "تُرسل الرموز إلى \u{2068}{address}\u{2069}.",
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
        number_wrong: [
            "This is not a phone number that messages can be sent to. Begin with + and the country code.",
            "An diese Telefonnummer können keine Nachrichten gesendet werden. Beginnen Sie mit + und der Landesvorwahl.",
            "Ce numéro de téléphone ne peut pas recevoir de messages. Commencez par + et l’indicatif du pays.",
            "No se pueden enviar mensajes a este número. Empiece por + y el prefijo del país.",
            "Não é possível enviar mensagens para este número. Comece com + e o código do país.",
            "この電話番号には送信できません。+ と国番号から入力してください。",
            "无法向此手机号码发送短信。请以 + 和国家代码开头。",
            "لا يمكن إرسال رسائل إلى رقم الهاتف هذا. ابدأ بعلامة + ورمز البلد.",
        ];
        address_taken: [
            "Another account uses this address.",
            "Diese Adresse gehört zu einem anderen Konto.",
            "Un autre compte utilise cette adresse.",
            "Otra cuenta usa esta dirección.",
            "Outra conta usa este endereço.",
            "このアドレスは別のアカウントで使用されています。",
            "另一个账户正在使用此地址。",
            "يستخدم حساب آخر هذا العنوان.",
        ];
        recovery_title: [
            "Save your recovery codes",
            "Wiederherstellungscodes speichern",
            "Conservez vos codes de récupération",
            "Guarde sus códigos de recuperación",
            "Salve seus códigos de recuperação",
            "リカバリーコードを保存",
            "保存您的恢复代码",
            "حفظ رموز الاسترداد",
        ];
        recovery_why: [
            "If you lose your device, each of these codes lets you in once. Keep them in a safe place: they are not shown again.",
            "Wenn Sie Ihr Gerät verlieren, können Sie sich mit jedem dieser Codes einmal anmelden. Bewahren Sie sie sicher auf: Sie werden nicht noch einmal angezeigt.",
            "Si vous perdez votre appareil, chacun de ces codes vous permet de vous connecter une fois. Conservez-les en lieu sûr\u{a0}: ils ne seront plus affichés.",
            "Si pierde su dispositivo, cada uno de estos códigos le permite entrar una vez. Guárdelos en un lugar seguro: no se volverán a mostrar.",
            "Se você perder o dispositivo, cada um destes códigos permite entrar uma vez. Guarde-os em um lugar seguro: eles não serão exibidos novamente.",
            "デバイスを紛失した場合、各コードで 1 回ずつサインインできます。再度表示されないため、安全な場所に保管してください。",
            "如果您丢失设备，每个代码可让您登录一次。请妥善保管：它们不会再次显示。",
            "إذا فقدت جهازك، يتيح لك كل رمز من هذه الرموز الدخول مرة واحدة. احتفظ بها في مكان آمن، فلن تظهر مرة أخرى.",
        ];
        recovery_saved: [
            "I have saved them",
            "Ich habe sie gespeichert",
            "Je les ai conservés",
            "Ya los guardé",
            "Já salvei os códigos",
            "保存しました",
            "我已保存",
            "لقد حفظتها",
        ];

        choose_title: [
            "Choose an account",
            "Konto auswählen",
            "Choisissez un compte",
            "Elija una cuenta",
            "Escolha uma conta",
            "アカウントを選択",
            "选择账户",
            "اختيار حساب",
        ];
        choose_other: [
            "Use another account",
            "Anderes Konto verwenden",
            "Utiliser un autre compte",
            "Usar otra cuenta",
            "Usar outra conta",
            "別のアカウントを使用",
            "使用其他账户",
            "استخدام حساب آخر",
        ];
        signed_in_now: [
            "Signed in",
            "Angemeldet",
            "Connecté",
            "Sesión iniciada",
            "Conectado",
            "サインイン中",
            "已登录",
            "تم تسجيل الدخول",
        ];
        choose_to: [
            "to continue to {application}",
            "weiter zu {application}",
            "pour continuer vers {application}",
            "para continuar en {application}",
            "para continuar em {application}",
            "{application} に進みます",
            "继续访问 {application}",
            "للمتابعة إلى \u{2068}{application}\u{2069}",
        ];
        sign_out_of: [
            "Sign out {person}",
            "{person} abmelden",
            "Déconnecter {person}",
            "Cerrar la sesión de {person}",
            "Sair de {person}",
            "{person} をサインアウト",
            "退出 {person}",
            "تسجيل خروج \u{2068}{person}\u{2069}",
        ];
        sign_out_all: [
            "Sign out of all accounts",
            "Von allen Konten abmelden",
            "Se déconnecter de tous les comptes",
            "Cerrar sesión en todas las cuentas",
            "Sair de todas as contas",
            "すべてのアカウントからサインアウト",
            "退出所有账户",
            "تسجيل الخروج من جميع الحسابات",
        ];
        other_organization: [
            "Use another organization",
            "Andere Organisation verwenden",
            "Utiliser une autre organisation",
            "Usar otra organización",
            "Usar outra organização",
            "別の組織を使用",
            "使用其他组织",
            "استخدام مؤسسة أخرى",
        ];

        allow_title: [
            "Allow access?",
            "Zugriff erlauben?",
            "Autoriser l’accès\u{a0}?",
            "¿Permitir el acceso?",
            "Permitir acesso?",
            "アクセスを許可しますか?",
            "允许访问？",
            "هل تسمح بالوصول؟",
        ];
        asks: [
            "{application} of {organization} asks to act for {person}.",
            "{application} von {organization} möchte im Namen von {person} handeln.",
            "{application}, de {organization}, demande à agir au nom de {person}.",
            "{application}, de {organization}, solicita actuar en nombre de {person}.",
            "{application}, de {organization}, pede para agir em nome de {person}.",
            "{organization} の {application} が、{person} に代わって操作する許可を求めています。",
            "{organization} 的 {application} 请求代表 {person} 执行操作。",
            "يطلب \u{2068}{application}\u{2069} التابع لمؤسسة \u{2068}{organization}\u{2069} التصرف نيابةً عن \u{2068}{person}\u{2069}.",
        ];
        asks_to: [
            "It asks to:",
            "Die Anwendung möchte:",
            "L’application souhaite\u{a0}:",
            "La aplicación solicita:",
            "O aplicativo pede para:",
            "求められている許可:",
            "该应用请求：",
            "ويطلب ما يلي:",
        ];
        allow: ["Allow", "Erlauben", "Autoriser", "Permitir", "Permitir", "許可", "允许", "سماح"];
        deny: ["Deny", "Ablehnen", "Refuser", "Denegar", "Negar", "拒否", "拒绝", "رفض"];
        platform_notice: [
            "It will be able to {administer} in your name. Continue only if you opened it yourself just now.",
            "Die Anwendung kann damit in Ihrem Namen {administer}. Fahren Sie nur fort, wenn Sie sie gerade selbst geöffnet haben.",
            "Elle pourra {administer} en votre nom. Ne continuez que si vous venez de l’ouvrir vous-même.",
            "Podrá {administer} en su nombre. Continúe solo si acaba de abrirla usted.",
            "Ele poderá {administer} em seu nome. Continue somente se você mesmo acabou de abri-lo.",
            "このアプリは、お客様に代わって{administer}できるようになります。ご自身でたった今開いた場合にのみ続行してください。",
            "它将能够以您的名义{administer}。仅当您刚刚亲自打开它时才继续。",
            "سيتمكن من \u{2068}{administer}\u{2069} باسمك. لا تتابع إلا إذا كنت قد فتحته بنفسك الآن.",
        ];
        administer_platform: [
            "administer the whole platform",
            "die gesamte Plattform verwalten",
            "administrer toute la plateforme",
            "administrar toda la plataforma",
            "administrar toda a plataforma",
            "プラットフォーム全体を管理",
            "管理整个平台",
            "إدارة المنصة بالكامل",
        ];
        scope_openid: [
            "Know who you are",
            "Wissen, wer Sie sind",
            "Savoir qui vous êtes",
            "Saber quién es usted",
            "Saber quem você é",
            "お客様が誰であるかの確認",
            "知道您是谁",
            "معرفة هويتك",
        ];
        scope_profile: [
            "Read your name and profile",
            "Ihren Namen und Ihr Profil lesen",
            "Consulter votre nom et votre profil",
            "Leer su nombre y su perfil",
            "Ler seu nome e perfil",
            "名前とプロフィールの読み取り",
            "读取您的姓名和个人资料",
            "قراءة اسمك وملفك الشخصي",
        ];
        scope_email: [
            "Read your email address",
            "Ihre E-Mail-Adresse lesen",
            "Consulter votre adresse e-mail",
            "Leer su correo electrónico",
            "Ler seu endereço de e-mail",
            "メールアドレスの読み取り",
            "读取您的电子邮件地址",
            "قراءة عنوان بريدك الإلكتروني",
        ];
        scope_phone: [
            "Read your phone number",
            "Ihre Telefonnummer lesen",
            "Consulter votre numéro de téléphone",
            "Leer su número de teléfono",
            "Ler seu número de telefone",
            "電話番号の読み取り",
            "读取您的手机号码",
            "قراءة رقم هاتفك",
        ];
        scope_address: [
            "Read your postal address",
            "Ihre Postanschrift lesen",
            "Consulter votre adresse postale",
            "Leer su dirección postal",
            "Ler seu endereço postal",
            "住所の読み取り",
            "读取您的邮寄地址",
            "قراءة عنوانك البريدي",
        ];
        scope_offline: [
            "Keep this access while you are away",
            "Diesen Zugriff behalten, wenn Sie abwesend sind",
            "Conserver cet accès en votre absence",
            "Mantener este acceso cuando no esté presente",
            "Manter este acesso quando você não estiver presente",
            "お客様が利用していない間のアクセスの継続",
            "在您离开时保留此访问权限",
            "الاحتفاظ بهذا الوصول أثناء غيابك",
        ];
        scope_other: [
            "Use the permission {scope}",
            "Die Berechtigung {scope} verwenden",
            "Utiliser l’autorisation {scope}",
            "Usar el permiso {scope}",
            "Usar a permissão {scope}",
            "権限 {scope} の使用",
            "使用权限 {scope}",
            "استخدام الإذن \u{2068}{scope}\u{2069}",
        ];
        call_resource: [
            "Call {resource} in your name",
            "{resource} in Ihrem Namen aufrufen",
            "Appeler {resource} en votre nom",
            "Llamar a {resource} en su nombre",
            "Chamar {resource} em seu nome",
            "お客様に代わっての {resource} の呼び出し",
            "以您的名义调用 {resource}",
            "استدعاء \u{2068}{resource}\u{2069} باسمك",
        ];

        device_title: [
            "Connect a device",
            "Gerät verbinden",
            "Connecter un appareil",
            "Conectar un dispositivo",
            "Conectar um dispositivo",
            "デバイスを接続",
            "连接设备",
            "ربط جهاز",
        ];
        device_enter: [
            "Enter the code that your device shows.",
            "Geben Sie den Code ein, den Ihr Gerät anzeigt.",
            "Saisissez le code affiché par votre appareil.",
            "Introduzca el código que muestra su dispositivo.",
            "Digite o código exibido no dispositivo.",
            "デバイスに表示されているコードを入力してください。",
            "请输入您的设备显示的代码。",
            "أدخل الرمز الظاهر على جهازك.",
        ];
        device_asks: [
            "{application} on another device asks to act for {person}.",
            "{application} auf einem anderen Gerät möchte im Namen von {person} handeln.",
            "{application}, sur un autre appareil, demande à agir au nom de {person}.",
            "{application}, en otro dispositivo, solicita actuar en nombre de {person}.",
            "{application}, em outro dispositivo, pede para agir em nome de {person}.",
            "別のデバイスの {application} が、{person} に代わって操作する許可を求めています。",
            "另一台设备上的 {application} 请求代表 {person} 执行操作。",
            "يطلب \u{2068}{application}\u{2069} على جهاز آخر التصرف نيابةً عن \u{2068}{person}\u{2069}.",
        ];
        device_check: [
            "Allow it only if your device shows this code right now.",
            "Erlauben Sie dies nur, wenn Ihr Gerät gerade genau diesen Code anzeigt.",
            "N’autorisez que si votre appareil affiche ce code en ce moment.",
            "Permítalo solo si su dispositivo muestra este código en este momento.",
            "Permita somente se o dispositivo estiver exibindo este código agora.",
            "デバイスに今このコードが表示されている場合にのみ許可してください。",
            "仅当您的设备此刻显示此代码时才允许。",
            "لا تسمح بذلك إلا إذا كان جهازك يعرض هذا الرمز الآن.",
        ];
        device_connected: [
            "Device connected",
            "Gerät verbunden",
            "Appareil connecté",
            "Dispositivo conectado",
            "Dispositivo conectado",
            "デバイスを接続しました",
            "设备已连接",
            "تم ربط الجهاز",
        ];
        device_go_back: [
            "You can close this page and go back to your device.",
            "Sie können diese Seite schließen und zu Ihrem Gerät zurückkehren.",
            "Vous pouvez fermer cette page et revenir à votre appareil.",
            "Puede cerrar esta página y volver a su dispositivo.",
            "Você pode fechar esta página e voltar ao dispositivo.",
            "このページを閉じて、デバイスに戻ってください。",
            "您可以关闭此页面并返回您的设备。",
            "يمكنك إغلاق هذه الصفحة والعودة إلى جهازك.",
        ];
        device_denied: [
            "Request denied",
            "Anfrage abgelehnt",
            "Demande refusée",
            "Solicitud denegada",
            "Solicitação negada",
            "リクエストを拒否しました",
            "已拒绝请求",
            "تم رفض الطلب",
        ];
        device_not_connected: [
            "The device was not connected. You can close this page.",
            "Das Gerät wurde nicht verbunden. Sie können diese Seite schließen.",
            "L’appareil n’a pas été connecté. Vous pouvez fermer cette page.",
            "El dispositivo no se conectó. Puede cerrar esta página.",
            "O dispositivo não foi conectado. Você pode fechar esta página.",
            "デバイスは接続されませんでした。このページを閉じてかまいません。",
            "设备未连接。您可以关闭此页面。",
            "لم يُربط الجهاز. يمكنك إغلاق هذه الصفحة.",
        ];
        device_not_possible: [
            "Not possible",
            "Nicht möglich",
            "Impossible",
            "No es posible",
            "Não é possível",
            "実行できません",
            "无法执行",
            "غير ممكن",
        ];
        device_not_admitted: [
            "The account {person} may not use {application}.",
            "Das Konto {person} darf {application} nicht verwenden.",
            "Le compte {person} n’est pas autorisé à utiliser {application}.",
            "La cuenta {person} no puede usar {application}.",
            "A conta {person} não pode usar {application}.",
            "アカウント {person} では {application} を使用できません。",
            "账户 {person} 无权使用 {application}。",
            "لا يُسمح للحساب \u{2068}{person}\u{2069} باستخدام \u{2068}{application}\u{2069}.",
        ];
        device_unknown: [
            "The code is unknown or has expired. Check it, or start again on your device.",
            "Der Code ist unbekannt oder abgelaufen. Prüfen Sie ihn, oder beginnen Sie auf Ihrem Gerät von vorn.",
            "Ce code est inconnu ou a expiré. Vérifiez-le ou recommencez sur votre appareil.",
            "El código no existe o caducó. Compruébelo o empiece de nuevo en su dispositivo.",
            "O código é desconhecido ou expirou. Confira-o ou comece novamente no dispositivo.",
            "コードが無効か、有効期限が切れています。コードを確認するか、デバイスで最初からやり直してください。",
            "代码未知或已过期。请检查代码，或在您的设备上重新开始。",
            "الرمز غير معروف أو انتهت صلاحيته. تحقق منه أو ابدأ من جديد على جهازك.",
        ];
        device_too_many: [
            "Too many codes from this network. Please try again in 10 minutes.",
            "Zu viele Codes aus diesem Netzwerk. Bitte versuchen Sie es in 10 Minuten erneut.",
            "Trop de codes saisis depuis ce réseau. Veuillez réessayer dans 10 minutes.",
            "Demasiados códigos desde esta red. Inténtelo de nuevo en 10 minutos.",
            "Muitos códigos a partir desta rede. Tente novamente em 10 minutos.",
            "このネットワークから入力されたコードが多すぎます。10 分後にもう一度お試しください。",
            "此网络输入的代码过多。请在 10 分钟后重试。",
            "رموز كثيرة جدًا من هذه الشبكة. يُرجى المحاولة مرة أخرى بعد 10 دقائق.",
        ];

        sign_out_title: [
            "Sign out?",
            "Abmelden?",
            "Se déconnecter\u{a0}?",
            "¿Cerrar sesión?",
            "Sair?",
            "サインアウトしますか?",
            "要退出登录吗？",
            "هل تريد تسجيل الخروج؟",
        ];
        signed_in_as: [
            "You are signed in as {person}.",
            "Sie sind als {person} angemeldet.",
            "Vous êtes connecté en tant que {person}.",
            "Inició sesión como {person}.",
            "Você entrou como {person}.",
            "{person} としてサインインしています。",
            "您已以 {person} 的身份登录。",
            "لقد سجّلت الدخول باسم \u{2068}{person}\u{2069}.",
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
        signed_out: [
            "You are signed out",
            "Sie sind abgemeldet",
            "Vous êtes déconnecté",
            "Sesión cerrada",
            "Você saiu",
            "サインアウトしました",
            "您已退出登录",
            "تم تسجيل خروجك",
        ];
        sign_out_frame: [
            "Sign-out of an application",
            "Abmeldung einer Anwendung",
            "Déconnexion d’une application",
            "Cierre de sesión de una aplicación",
            "Saída de um aplicativo",
            "アプリのサインアウト",
            "应用退出登录",
            "تسجيل الخروج من تطبيق",
        ];
    }
}
